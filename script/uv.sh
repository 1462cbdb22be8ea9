# Sourced by the other scripts, from the root of the repository: finds a Python and uv, installing uv when it is missing.
# shellcheck shell=bash

# Prints the first Python of 3.11 or newer on the path.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3 python; do
    if [[ -n $candidate ]] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "Headwater needs Python 3.11 or newer: install it, or name one with PYTHON=/path/to/python3.11." >&2
  return 1
}

# Prints the path of uv: the one on the path, or one of our own in .cache/uv.
find_uv() {
  local own=.cache/uv python
  if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
    command -v uv
    return
  fi
  if ! [[ -x $own/bin/uv || -x $own/bin/uv.exe ]]; then
    python=$(find_python)
    echo "Installing uv into $own" >&2
    if ! "$python" -m pip --version >/dev/null 2>&1; then
      # A Python without pip still has the pip that its venv module brings along.
      "$python" -m venv .cache/pip >&2
      python=.cache/pip/bin/python
    fi
    # Into a folder of ours: a Python that the system manages allows it, and nothing of the user's is touched.
    "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes --upgrade --target "$own" \
      --requirement requirements/uv.txt >&2
  fi
  echo "$PWD/$own/bin/uv"
}
