"""GENERATED from templates/nginx/pass.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/pass.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_headers = resolve('headers')
    try:
        t_1 = environment.filters['nginx']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'nginx' found.")
    try:
        t_2 = environment.filters['nginx_expression']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_expression' found.")
    pass
    for (l_1_name, l_1_value) in (undefined(name='headers') if l_0_headers is missing else l_0_headers):
        _loop_vars = {}
        pass
        yield '    proxy_set_header '
        yield str(environment.finalize(t_1(l_1_name)))
        yield ' '
        yield str(environment.finalize(t_2(l_1_value)))
        yield ';\n'
    l_1_name = l_1_value = missing
    yield '    proxy_read_timeout 900;\n    proxy_cache off;\n    proxy_buffering off;\n    proxy_request_buffering off;\n    proxy_http_version 1.1;\n    proxy_pass http://registry;\n'
