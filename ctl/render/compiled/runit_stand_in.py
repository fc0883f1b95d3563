"""GENERATED from templates/runit/stand_in.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/stand_in.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    pass
    yield '# Stands in for a process that lives on: passes signals on to it, and ends when it has ended, or when the\n# supervisor is gone that might send any.\nstand_in() {\n  leader=$1 pause=1\n  for name in HUP INT QUIT ALRM TERM USR1 USR2; do\n    trap "pass $name" "$name"\n  done\n  happened "its supervisor had died; process $leader serves on"\n  while [ "/proc/$leader/fd/9" -ef "$lock" ] && looked_after; do\n    meanwhile\n    sleep "$pause" >/dev/null 2>&1 &\n    wait $!\n  done\n  exit\n}\npass() {\n  looked_after || exit\n  pause=0.1\n  kill -s "$1" "$leader"\n}\nlooked_after() {\n  read -r _ _ _ above _ <"/proc/$$/stat"\n  [ "$above" = "$PPID" ]\n}\n'
