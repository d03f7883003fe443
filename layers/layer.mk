# Shared by the layers' Makefiles, which `sam build` calls with ARTIFACTS_DIR and the target build-<logical id>.
# For a newer runtime: PYTHON_VERSION=3.13 PYTHON=python3.13 sam build, and deploy with PythonRuntime=python3.13.
PYTHON_VERSION ?= 3.11
PYTHON ?= python3.11
LAYERS := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))

build-%:
	$(PYTHON) "$(LAYERS)build_layer.py" $(LAYER) "$(ARTIFACTS_DIR)" --python $(PYTHON_VERSION) $(OPTIONS)
