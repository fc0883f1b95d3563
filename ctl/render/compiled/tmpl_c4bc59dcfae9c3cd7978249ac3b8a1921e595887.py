"""GENERATED from templates/nginx/logs.conf.j2 by make generate."""

from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'nginx/logs.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    try:
        t_1 = environment.filters['nginx_bare']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_bare' found.")
    pass
    yield '  access_log logs/gitlab_registry_access.log gitlab_access;\n  error_log logs/gitlab_registry_error.log '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'error_log_level'))))
    yield ';\n'

blocks = {}
debug_info = '2=19'
