#!/bin/sh
# Ends the build of an image, of a container or an AMI, whose Neuron software cannot work: exits with 0 where nothing
# critical was found, else with the code of `neuron-validator diagnose`.
#
# usage: gate.sh [OPTION OF DIAGNOSE]...
#
# An AMI is built on an instance, where everything can be judged: give no option there, or --fail-on warning.
set -u

# What runs the program, as words of the shell.
: "${NEURON_VALIDATOR:=neuron-validator}"

# shellcheck disable=SC2086 # words, on purpose
$NEURON_VALIDATOR diagnose --no-neuron-ls --fail-on critical "$@"
code=$?

# 3 is "no verdict". A build machine without devices has none to give; what it could see had nothing critical.
if [ "$code" -eq 3 ] && ! [ -e /sys/module/neuron ]; then
    echo "gate: no Neuron driver on this machine; what the image has was judged, the rest was not"
    exit 0
fi
exit "$code"
