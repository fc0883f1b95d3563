"""GENERATED from templates/runit/log.run.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/log.run.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_log = resolve('log')
    l_0_become = resolve('become')
    l_0_options = resolve('options')
    try:
        t_1 = environment.filters['shell']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'shell' found.")
    try:
        t_2 = environment.filters['verbatim']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'verbatim' found.")
    pass
    yield '#!/bin/sh\n# Written by ctl. One that a killed supervisor has left writes on for as long as its service lives: this waits\n# for its end, unless its own supervisor is killed as well.\nwhile flock -w 1 '
    yield str(environment.finalize(t_1(str_join((environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'directory'), '/lock', )))))
    yield ' true; [ $? = 1 ]; do\n  read -r _ _ _ above _ <"/proc/$$/stat"\n  [ "$above" = "$PPID" ] || exit\ndone\nexec '
    yield str(environment.finalize(t_2((undefined(name='become') if l_0_become is missing else l_0_become))))
    yield 'svlogd '
    yield str(environment.finalize(t_2((undefined(name='options') if l_0_options is missing else l_0_options))))
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'directory'))))
    yield '\n'
