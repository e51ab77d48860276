#!/bin/bash
# The first process of a session's container: it limits processes, and ends what others leave behind.
ulimit -u "${STUDIO_PROCESSES:-1024}" || exit 1
node /app/main.mjs &
trap 'kill -TERM $!' TERM INT
wait $!
