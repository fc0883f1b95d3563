"""GENERATED from templates/nginx/logs.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/logs.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_logs = resolve('logs')
    l_0_log_format = resolve('log_format')
    l_0_vhost = resolve('vhost')
    try:
        t_1 = environment.filters['nginx']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'nginx' found.")
    try:
        t_2 = environment.filters['nginx_bare']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_bare' found.")
    try:
        t_3 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    if t_3((undefined(name='logs') if l_0_logs is missing else l_0_logs)):
        pass
        yield '  access_log logs/gitlab_registry_access.log '
        yield str(environment.finalize(t_2((undefined(name='log_format') if l_0_log_format is missing else l_0_log_format))))
        yield ';\n  error_log logs/gitlab_registry_error.log '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'error_log_level'))))
        yield ';\n'
    else:
        pass
        yield '  access_log '
        yield str(environment.finalize(t_1(str_join(((undefined(name='logs') if l_0_logs is missing else l_0_logs), '/gitlab_registry_access.log', )))))
        yield ' '
        yield str(environment.finalize(t_2((undefined(name='log_format') if l_0_log_format is missing else l_0_log_format))))
        yield ';\n  error_log '
        yield str(environment.finalize(t_1(str_join(((undefined(name='logs') if l_0_logs is missing else l_0_logs), '/gitlab_registry_error.log', )))))
        yield ' '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'error_log_level'))))
        yield ';\n'
