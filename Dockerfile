# One image for every process; the command says which: callboard web, live, worker, scheduler, recorder.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/callboard
COPY requirements-image.txt ./
RUN /opt/callboard/bin/pip install --require-hashes --only-binary :all: --requirement requirements-image.txt
COPY . ./
RUN /opt/callboard/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
COPY --from=build /opt/callboard /opt/callboard
RUN groupadd --gid 10001 callboard \
    && useradd --uid 10001 --gid callboard --home-dir /data --no-create-home --shell /usr/sbin/nologin callboard \
    && install --directory --owner callboard --group callboard --mode 0700 /data
ENV PATH=/opt/callboard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CALLBOARD_ENV=production \
    CALLBOARD_HOME=/data \
    CALLBOARD_BIND=0.0.0.0 \
    CALLBOARD_HEALTH_BIND=0.0.0.0 \
    CALLBOARD_HEALTH_PORT=8310 \
    LOG_FORMAT=json
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8300 8301 8310
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "cli.alive"]
CMD ["callboard", "worker"]
