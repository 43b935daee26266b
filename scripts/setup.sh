#!/bin/sh
# Sets up what the handbook is built with: `setup.sh python` makes .venv, `setup.sh node` fills node_modules,
# `setup.sh frameworks` adds Keras, TensorFlow, JAX and ONNX Runtime to .venv, for the tests only.
# The Makefile calls it when pyproject.toml, constraints.txt, package.json or package-lock.json has changed.
set -eu
cd "$(dirname "$0")/.."

stop() {
    printf '\n%s\n\n' "$*" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# PYTHON, when it is set; otherwise the first one on the PATH that runs and is new enough.
find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        stop "PYTHON=$PYTHON is not a Python 3.11 or newer."
    fi
    stop "Python 3.11 or newer is missing. Install it from https://www.python.org or with your package manager.
One that is not on the PATH can be named: make PYTHON=/path/to/python …"
}

setup_python() {
    if ! new_enough .venv/bin/python; then
        python=$(find_python)
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            stop "$python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
        echo "Making .venv with $python. The packages take a few minutes."
        "$python" -m venv --clear .venv
    fi
    install '.[dev]'
    touch .venv/.installed
}

setup_frameworks() {
    echo "Adding Keras, TensorFlow, JAX and ONNX Runtime to .venv, for the tests. That takes some minutes."
    install '.[dev,frameworks]'
    touch .venv/.frameworks
}

# --no-compile: most of the modules are never imported, and Python compiles each of the others when it first is. That halves
# the time of an installation.
install() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt --editable "$1" ||
        stop "pip could not install the packages; the reason is above. Without a network, or with a mirror, set PIP_INDEX_URL."
}

setup_node() {
    command -v node >/dev/null ||
        stop "Node is missing. Install Node 18 or newer from https://nodejs.org or with your package manager."
    node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ||
        stop "Node $(node --version) is too old. Install Node 18 or newer from https://nodejs.org."
    command -v npm >/dev/null ||
        stop "npm is missing. It comes with Node; on Debian and Ubuntu it is a package of its own: apt install npm"
    [ -f package-lock.json ] || stop "package-lock.json is missing. Restore it: git checkout package-lock.json"
    node -e 'JSON.parse(require("fs").readFileSync("package-lock.json"))' 2>/dev/null ||
        stop "package-lock.json is not valid JSON. Restore it: git checkout package-lock.json"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
        stop "npm ci failed; the reason is above. If package.json was changed on purpose, renew the lock and commit it:
npm install --ignore-scripts. Otherwise restore it: git checkout package-lock.json"
    touch node_modules/.installed
}

case "${1:-}" in
python) setup_python ;;
frameworks) setup_frameworks ;;
node) setup_node ;;
*) stop "Usage: scripts/setup.sh python|frameworks|node" ;;
esac
