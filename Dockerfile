# Headwater, its command line and its service: `docker build -t headwater . && docker run --rm headwater --help`.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/main.txt requirements/
# The lock holds the build backend too, so that nothing unlocked is fetched.
RUN python -m venv /opt/headwater \
    && /opt/headwater/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements/main.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY graph graph
COPY ingest ingest
COPY resolve resolve
COPY queries queries
COPY api api
COPY headwater headwater
RUN /opt/headwater/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 headwater \
    && mkdir /answers /state \
    && chown headwater /answers /state \
    && chmod 700 /state
COPY --from=build /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH PYTHONUNBUFFERED=1
# What a volume is made from: nobody else reads the state.
ENV HEADWATER_STATE=/state
USER headwater
WORKDIR /answers
ENTRYPOINT ["headwater"]
CMD ["--help"]
