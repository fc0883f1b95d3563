"""GENERATED from templates/nginx/certificate.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/certificate.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    try:
        t_1 = environment.filters['nginx']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'nginx' found.")
    try:
        t_2 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '  ssl_certificate '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'certificate'))))
    yield ';\n  ssl_certificate_key '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'key'))))
    yield ';\n'
    if (not t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'password_file'))):
        pass
        yield '  ssl_password_file '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'password_file'))))
        yield ';\n'
