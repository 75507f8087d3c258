# The bundle of the browser's code is built here; Node comes from PyPI and stays behind.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check build && python -m build --wheel --outdir /wheels

FROM python:3.12-slim-bookworm
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt
COPY --from=build /wheels /tmp/wheels
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps /tmp/wheels/*.whl && rm -r /tmp/wheels \
    && useradd --create-home --uid 10001 process
USER process
WORKDIR /home/process
ENTRYPOINT ["process-server"]
CMD ["--help"]
