# Headwater's command line: `docker build -t headwater . && docker run --rm headwater --help`.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/main.txt requirements/
# The lock holds the build backend too, so that nothing unlocked is fetched.
RUN python -m venv /opt/headwater \
    && /opt/headwater/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements/main.txt
COPY pyproject.toml README.md LICENSE ./
COPY graph graph
COPY ingest ingest
COPY queries queries
COPY headwater headwater
RUN /opt/headwater/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 headwater \
    && mkdir /answers \
    && chown headwater /answers
COPY --from=build /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH PYTHONUNBUFFERED=1
USER headwater
WORKDIR /answers
ENTRYPOINT ["headwater"]
CMD ["--help"]
