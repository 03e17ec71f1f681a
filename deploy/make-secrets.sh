#!/bin/sh
# make-secrets.sh [FOLDER]: every secret of docker-compose.yml as a file. Never touches a folder that exists.
set -eu
folder="${1:-$(dirname "$0")/../secrets}"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ -e "$folder" ]; then
    echo "$folder exists already; nothing was changed." >&2
    exit 1
fi
database="$(random)"
valkey="$(random)"

# The folder is closed to others. The files are not: containers read them under other users' numbers.
mkdir -m 700 "$folder"
umask 022
cd "$folder"
random >secret_key
random >encryption_keys
random >metrics_token
: >sentry_dsn
printf %s "$database" >database_password
printf %s "postgres://helpdesk:$database@postgres:5432/helpdesk" >database_url
printf 'requirepass %s\n' "$valkey" >valkey.conf
printf %s "redis://:$valkey@valkey:6379/0" >redis_url
printf %s "smtp://localhost:25" >email_url
echo "Made. Keep a copy of secret_key and encryption_keys apart from the backups; put your mail server into email_url." >&2
