# The emulator as an image: docker build -t bookings-emulator . && docker run --rm -p 8365:8365 bookings-emulator
# Any base that has Python 3.11 or newer as python3 will do: --build-arg BASE=…
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
# a registry of your own, or none: wheels in the folder wheels/ are found first
ARG PIP_INDEX_URL
ARG PIP_NO_INDEX
WORKDIR /src
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/bookings
COPY pyproject.toml README.md LICENSE wheel[s] ./
COPY emulator emulator
COPY fixtures fixtures
COPY scenarios scenarios
RUN /opt/build/bin/python -m pip --python /opt/bookings/bin/python3 --no-cache-dir install --find-links . .
# nothing is written when it runs, so everything is compiled here: a start without that takes half as long again
RUN /opt/bookings/bin/python3 -m compileall -q /opt/bookings/lib \
    && /opt/bookings/bin/python3 -c "from bookings_emulator.app import create_app; create_app()"

FROM ${BASE}
COPY --from=build /opt/bookings /opt/bookings
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
EXPOSE 8365
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=2s --start-period=10s --retries=5 CMD ["bookings-emulator", "healthcheck"]
ENTRYPOINT ["bookings-emulator"]
CMD ["serve"]
