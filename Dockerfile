# The emulator as an image:
# docker build -t bookings-emulator . && docker run --rm -p 127.0.0.1:8365:8365 bookings-emulator
# Any base that has Python 3.11 or newer as python3 will do: --build-arg BASE=…
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
# a registry of your own, or none: wheels in the folder wheels/ are found first
ARG PIP_INDEX_URL
ARG PIP_NO_INDEX
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/bookings && mkdir /state
# what is installed and built with, by the locks; a change of the code leaves these layers as they are
COPY requirements.lock requirements-build.lock wheel[s] ./
RUN /opt/build/bin/python -m pip install --find-links . -r requirements-build.lock \
 && /opt/build/bin/python -m pip --python /opt/bookings/bin/python3 install --find-links . -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY fixtures fixtures
COPY scenarios scenarios
COPY emulator emulator
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/build/bin/python -m pip --python /opt/bookings/bin/python3 install --no-deps --no-index /dist/*.whl
# nothing is written when it runs, so everything is compiled here: a start without that takes half as long again
RUN /opt/bookings/bin/python3 -m compileall -q /opt/bookings/lib \
    && /opt/bookings/bin/python3 -c "from bookings_emulator.app import create_app; create_app()"

FROM ${BASE}
LABEL org.opencontainers.image.title="bookings-emulator" \
      org.opencontainers.image.description="A local, offline emulator of the Microsoft Graph Bookings API for tests" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/bookings /opt/bookings
# the one place that may be written, with a volume: serve --state /state/state.json
COPY --from=build --chown=65532:65532 /state /state
ENV PATH=/opt/bookings/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BOOKINGS_EMULATOR_HOST=0.0.0.0 \
    BOOKINGS_EMULATOR_FIXTURES_FOLDER=/fixtures \
    BOOKINGS_EMULATOR_SCENARIOS_FOLDER=/scenarios
# your own files are mounted here; a fixture of /fixtures is named as it stands there: --fixture ours.json
WORKDIR /scenarios
WORKDIR /fixtures
USER 65532:65532
# http, and https where it is asked for
EXPOSE 8365 8366
STOPSIGNAL SIGTERM
# a tenth of a second each time; engines before version 25 know no shorter interval for the start alone
HEALTHCHECK --interval=5s --start-period=10s --timeout=2s --retries=5 CMD ["bookings-emulator", "healthcheck"]
ENTRYPOINT ["bookings-emulator"]
CMD ["serve"]
