#!/bin/sh
set -e
# Reads the platform's settings, if there are any.
[ -f /etc/platform/env ] && . /etc/platform/env
exec "$@"
