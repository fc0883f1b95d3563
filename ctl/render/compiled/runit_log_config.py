"""GENERATED from templates/runit/log.config.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/log.config.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_log = resolve('log')
    try:
        t_1 = environment.filters['line']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'line' found.")
    try:
        t_2 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield 's'
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'size'))))
    yield '\nn'
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'count'))))
    yield '\nt'
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'timeout'))))
    yield '\n'
    if (not t_2(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'filter'))):
        pass
        yield '!'
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'filter'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'udp'))):
        pass
        yield 'u'
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'udp'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'prefix'))):
        pass
        yield 'p'
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='log') if l_0_log is missing else l_0_log), 'prefix'))))
        yield '\n'
