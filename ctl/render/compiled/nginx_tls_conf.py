"""GENERATED from templates/nginx/tls.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/tls.conf.j2'

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
        t_2 = environment.filters['nginx_bare']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_bare' found.")
    try:
        t_3 = environment.filters['nginx_words']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_words' found.")
    try:
        t_4 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    if environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'http2'):
        pass
        yield '  http2 on;\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'keepalive_requests'))):
        pass
        yield '  # A push goes over one connection of HTTP/2, and may fail where that is ended.\n  keepalive_requests '
        yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'keepalive_requests'))))
        yield ';\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'client_certificate'))):
        pass
        yield '  ssl_client_certificate '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'client_certificate'))))
        yield ';\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'verify_client'))):
        pass
        yield '  ssl_verify_client '
        yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'verify_client'))))
        yield ';\n  ssl_verify_depth '
        yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'verify_depth'))))
        yield ';\n'
    yield '  ssl_ciphers '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'ciphers'))))
    yield ';\n  ssl_protocols '
    yield str(environment.finalize(t_3(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'protocols'))))
    yield ';\n  ssl_prefer_server_ciphers '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'prefer_server_ciphers'))))
    yield ';\n  ssl_session_cache '
    yield str(environment.finalize(t_3(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'session_cache'))))
    yield ';\n  ssl_session_tickets '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'session_tickets'))))
    yield ';\n  ssl_session_timeout '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'session_timeout'))))
    yield ';\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'dhparam'))):
        pass
        yield '  ssl_dhparam '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'dhparam'))))
        yield ';\n'
    yield '  ssl_ecdh_curve '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'ecdh_curve'))))
    yield ';\n'
    for (l_1_name, l_1_value) in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'), 'conf_commands'):
        _loop_vars = {}
        pass
        yield '  ssl_conf_command '
        yield str(environment.finalize(t_1(l_1_name)))
        yield ' '
        yield str(environment.finalize(t_1(l_1_value)))
        yield ';\n'
    l_1_name = l_1_value = missing
