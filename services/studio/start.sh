#!/bin/bash
# The first process of a session's container: it limits processes, ends all of them with a session, and starts the host of the next one.
ulimit -u "${STUDIO_PROCESSES:-1024}" || exit 1
trap 'exit 0' TERM INT
# Nothing is ever read from it: to wait without a process.
exec {nothing}<> <(:)
while true; do
  # What runs in the session is of the same user: it must not debug the host.
  node --disable-sigusr1 /app/main.mjs {nothing}>&- &
  wait $!
  status=$?
  # All but this process, which they cannot end or stop. It fails when none is left.
  while kill -KILL -- -1 2>/dev/null; do read -rt 0.02 -u "$nothing"; done
  # Whatever is no end as told ends the container.
  ((status == 0)) || exit "$status"
done
