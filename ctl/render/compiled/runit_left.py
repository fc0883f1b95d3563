"""GENERATED from templates/runit/left.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/left.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_lock = resolve('lock')
    try:
        t_1 = environment.filters['shell']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'shell' found.")
    pass
    yield '# Every process of this service has this file open as descriptor 9, and no other account can open it. Who\n# has it open while a new one starts was left by a supervisor, or by a main process, that was killed.\nlock='
    yield str(environment.finalize(t_1((undefined(name='lock') if l_0_lock is missing else l_0_lock))))
    yield '\n[ -f "$lock" ] || { rm -rf "$lock"; true >"$lock"; } 2>/dev/null\nholders() {\n  held=\n  for one in /proc/[0-9]*; do\n    [ ! "$one/fd/9" -ef "$1" ] || held="$held ${one#/proc/}"\n  done\n}\nhappened() {\n  echo "$1"\n  echo "$1" >"${lock%.lock}.happened"\n}\n'
