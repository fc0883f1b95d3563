"""GENERATED from templates/runit/end_left.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/end_left.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    pass
    yield 'if [ -f "$lock" ] && ! flock -n "$lock" true; then\n  holders "$lock"\n  happened "its supervisor had died; what it had left is ended"\n  [ -z "$held" ] || kill $held\n  flock -w 5 "$lock" true || { holders "$lock"; [ -z "$held" ] || kill -s KILL $held; }\nfi\n'
