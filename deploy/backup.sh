#!/bin/sh
# Back up the database and the generated secrets to a folder: deploy/backup.sh /var/backups/gongkai
# Reads GONGKAI_DATABASE_URL and GONGKAI_DATA_DIR as the service does. Keeps the newest 30 archives.
set -eu
umask 077
target=${1:?folder to write to}
data=${GONGKAI_DATA_DIR:-data}
stamp=$(date +%Y%m%d-%H%M%S)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target"
case "${GONGKAI_DATABASE_URL:-}" in
  postgres*) pg_dump --format=custom --file="$work/gongkai.dump" "$GONGKAI_DATABASE_URL" ;;
  *) sqlite3 "$data/gongkai.db" ".backup '$work/gongkai.db'" ;;
esac
if [ -d "$data/secrets" ]; then cp -Rp "$data/secrets" "$work/"; fi
tar -C "$work" -czf "$target/gongkai-$stamp.tar.gz" .
ls -1t "$target"/gongkai-*.tar.gz | tail -n +31 | while read -r old; do rm -f "$old"; done
echo "$target/gongkai-$stamp.tar.gz"
