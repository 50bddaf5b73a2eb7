#!/bin/sh
# Installs and gathers what one service's image holds: the service, the packages of this workspace that
# it uses, its migrations and what applies them, and production dependencies.
set -eu
service=$1
image=$2
root=$PWD

set -- --filter-prod "@latchkey/$service..."
database=$(node -p "require('./services/$service/service.json').database ?? ''")
if [ -n "$database" ]; then set -- "$@" --filter-prod '@latchkey/deploy...'; fi
pnpm install --offline --frozen-lockfile --ignore-scripts --prod "$@"

mkdir -p "$image"
pnpm "$@" list --depth=-1 --parseable | sed "s|^$root/||" | while read -r folder; do
  for part in package.json service.json src generated node_modules; do
    if [ -e "$folder/$part" ]; then cp -a --parents "$folder/$part" "$image"; fi
  done
done
cp -a --parents docker/health.cjs "$image"
# The gateway serves the browser app.
role=$(node -p "require('./services/$service/service.json').role ?? ''")
if [ "$role" = gateway ]; then cp -a --parents services/web/dist "$image"; fi
if [ -n "$database" ]; then cp -a --parents "prisma/$database/migrations" "$image"; fi

cp -a --parents node_modules/.pnpm "$image"
cd "$image/node_modules/.pnpm"
# The image has a Node already.
rm -rf lock.yaml node-linux-*
# Prisma ships its compilers for every database, each twice; PostgreSQL's are the ones in use.
find . -path '*/@prisma/client/runtime/*' \( -name '*mysql*' -o -name '*sqlite*' -o -name '*sqlserver*' -o -name '*cockroachdb*' \) -delete
find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
