# One image for every process of ours; docker-compose.yml says which runs what.

FROM python:3.13.16-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /venv
COPY requirements/prod.txt /tmp/prod.txt
RUN /venv/bin/pip install --quiet --require-hashes --only-binary :all: -r /tmp/prod.txt
COPY . /app
WORKDIR /app
# The settings want addresses; nobody is asked, and the key is gone with this step.
RUN export DATABASE_URL=postgres://nobody@127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9/0 \
        SITE_URL=http://127.0.0.1 STATIC_ROOT=/srv/static \
        SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    && /venv/bin/python manage.py compilelocale \
    && /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q /app /venv/lib

FROM python:3.13.16-slim-trixie
# pg_dump must be at least as new as the server; Debian's postgresql-common brings the project's key and address.
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends postgresql-common ca-certificates \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -qq -y --no-install-recommends postgresql-client-18 \
    && apt-get purge -qq -y postgresql-common \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 helpdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin helpdesk \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/helpdesk/files
COPY --from=build /venv /venv
# Ours belongs to root: the process cannot change the code that it runs.
COPY --from=build /srv/static /srv/static
COPY --from=build /app /app
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/srv/static FILES_ROOT=/var/lib/helpdesk/files \
    UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-I", "-S", "helpdesk/probe.py"]
CMD ["python", "-m", "uvicorn", "helpdesk.asgi:application", "--no-proxy-headers", "--no-access-log", "--timeout-graceful-shutdown", "8"]
