#!/usr/bin/env bash
# The README's first command, as a newcomer runs it: the sample's page with an unrefused paragraph within 60 s.
set -euo pipefail
cd "$(dirname "$0")/.."
data="$(mktemp -d)"
npm start -- --offline --port 0 --data "$data" >"$data/out" 2>"$data/err" &
server=$!
# What npm started ends with npm; its folder goes once it has closed.
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; sleep 3; rm -rf "$data" || true' EXIT

url=""
for _ in $(seq 120); do
  url="$(sed -n 's/^undercurrent is at //p' "$data/out")"
  if [ -n "$url" ]; then
    posts="$(curl -fs "$url/v1/topics" | grep -o '"posts":[0-9]*' | cut -d: -f2 | sort -n | tail -1 || true)"
    text="$(curl -fs "$url/v1/topics/peace-talks/perspective" | grep -o '"refusal":null' || true)"
    lag="$(curl -fs "$url/readyz" | grep -o '"lag":0' || true)"
    if [ "${posts:-0}" -ge 200 ] && [ -n "$text" ] && [ -n "$lag" ]; then
      # Into a file: grep -q would close the pipe before curl is done.
      curl -fs -H 'accept: text/html' "$url/topics/peace-talks" >"$data/page.html"
      grep -q '<svg' "$data/page.html"
      echo "smoke: $posts posts in the largest topic, paragraph written, page drawn"
      exit 0
    fi
  fi
  sleep 0.5
done
echo "smoke: no unrefused paragraph within 60 s" >&2
cat "$data/out" "$data/err" >&2
exit 1
