"""GENERATED from templates/nginx/log_format.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/log_format.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    l_0_log_format = resolve('log_format')
    try:
        t_1 = environment.filters['nginx_bare']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_bare' found.")
    try:
        t_2 = environment.filters['nginx_expression']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_expression' found.")
    pass
    if ('filtered_request_uri' in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format')):
        pass
        yield '  map "" $filtered_request_uri {\n    default $uri;\n  }\n'
    if ('filtered_http_referer' in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format')):
        pass
        yield '  map $http_referer $filtered_http_referer {\n    default $http_referer;\n    "~^(?<referer_without_query>[^?]*)[?]" $referer_without_query;\n  }\n'
    yield '  log_format '
    yield str(environment.finalize(t_1((undefined(name='log_format') if l_0_log_format is missing else l_0_log_format))))
    yield ' '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format'))))
    yield ';\n'
