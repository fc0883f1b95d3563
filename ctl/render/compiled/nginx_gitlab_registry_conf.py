"""GENERATED from templates/nginx/gitlab-registry.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/gitlab-registry.conf.j2'

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
        t_3 = environment.filters['nginx_expression']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_expression' found.")
    try:
        t_4 = environment.filters['nginx_host_pattern']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_host_pattern' found.")
    try:
        t_5 = environment.filters['nginx_listen']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'nginx_listen' found.")
    try:
        t_6 = environment.filters['verbatim']
    except KeyError:
        @internalcode
        def t_6(*unused):
            raise TemplateRuntimeError("No filter named 'verbatim' found.")
    try:
        t_7 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_7(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield 'upstream registry {\n  # Never taken for dead, and no connection is kept: each goes to the instance that serves at that moment.\n'
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'socket'))):
        pass
        yield '  server '
        yield str(environment.finalize(t_1(str_join(('unix:', environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'socket'), )))))
        yield ' max_fails=0;\n'
    else:
        pass
        yield '  server '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'upstream'))))
        yield ' max_fails=0;\n'
    yield '}\n\n# What stands behind the name that was asked for: the registry makes URLs of both.\nmap $http_host $asked_port {\n  default "";\n  "~(?<port_asked>:[0-9]+)$" $port_asked;\n}\n\n# A proxy in front may say what it was asked for, as long as that is a name of the registry\'s.\nmap $http_x_forwarded_host $forwarded_host {\n  default "";\n  '
    yield str(environment.finalize(t_4(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'names'))))
    yield ' $http_x_forwarded_host;\n}\n\n'
    for l_1_strangers in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'strangers'):
        _loop_vars = {}
        pass
        if environment.getattr(l_1_strangers, 'by_address'):
            pass
            yield '# Listening everywhere, the registry\'s own address is whichever one was connected to.\nmap "$host $server_addr" $asked_by_address {\n  default "";\n  "~^[[]?(?<asked>[0-9a-f.:]+)[]]? (?:::ffff:)?\\k<asked>$" 1;\n}\n\n'
        yield "# Every name that is not the registry's.\nserver {\n"
        for l_2_address in environment.getattr(l_1_strangers, 'listen'):
            _loop_vars = {}
            pass
            yield '  listen '
            yield str(environment.finalize(t_5(l_2_address)))
            yield ';\n'
        l_2_address = missing
        yield '  server_name "";\n  server_tokens off;\n'
        if environment.getattr(l_1_strangers, 'tls'):
            pass
            template = environment.get_template('nginx/tls.conf.j2', 'nginx/gitlab-registry.conf.j2')
            gen = template.root_render_func(template.new_context(context.get_all(), True, {'strangers': l_1_strangers}))
            try:
                for event in gen:
                    yield event
            finally: gen.close()
            if environment.getattr(l_1_strangers, 'handshake'):
                pass
                yield '  ssl_reject_handshake on;\n'
            else:
                pass
                template = environment.get_template('nginx/certificate.conf.j2', 'nginx/gitlab-registry.conf.j2')
                gen = template.root_render_func(template.new_context(context.get_all(), True, {'strangers': l_1_strangers}))
                try:
                    for event in gen:
                        yield event
                finally: gen.close()
                if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'hsts'))):
                    pass
                    yield '  add_header Strict-Transport-Security '
                    yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'hsts'))))
                    yield ' always;\n'
        template = environment.get_template('nginx/logs.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {'strangers': l_1_strangers}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
        if environment.getattr(l_1_strangers, 'by_address'):
            pass
            yield '  client_max_body_size 0;\n  if ($asked_by_address = "") {\n    return 421;\n  }\n  location / {\n'
            l_2_headers = environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'internal_headers')
            pass
            template = environment.get_template('nginx/pass.conf.j2', 'nginx/gitlab-registry.conf.j2')
            gen = template.root_render_func(template.new_context(context.get_all(), True, {'headers': l_2_headers, 'strangers': l_1_strangers}))
            try:
                for event in gen:
                    yield event
            finally: gen.close()
            l_2_headers = missing
            yield '  }\n'
        else:
            pass
            yield '  location / {\n    return 421;\n  }\n'
            if (not t_7(environment.getattr(l_1_strangers, 'health'))):
                pass
                yield '  location = / {\n'
                l_2_headers = environment.getattr(l_1_strangers, 'health')
                pass
                template = environment.get_template('nginx/pass.conf.j2', 'nginx/gitlab-registry.conf.j2')
                gen = template.root_render_func(template.new_context(context.get_all(), True, {'headers': l_2_headers, 'strangers': l_1_strangers}))
                try:
                    for event in gen:
                        yield event
                finally: gen.close()
                l_2_headers = missing
                yield '  }\n  location = /v2/ {\n'
                l_2_headers = environment.getattr(l_1_strangers, 'health')
                pass
                template = environment.get_template('nginx/pass.conf.j2', 'nginx/gitlab-registry.conf.j2')
                gen = template.root_render_func(template.new_context(context.get_all(), True, {'headers': l_2_headers, 'strangers': l_1_strangers}))
                try:
                    for event in gen:
                        yield event
                finally: gen.close()
                l_2_headers = missing
                yield '  }\n'
        yield '}\n\n'
    l_1_strangers = missing
    if environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'internal'):
        pass
        yield "# The registry's own address, for GitLab.\nserver {\n"
        for l_1_address in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'internal'):
            _loop_vars = {}
            pass
            yield '  listen '
            yield str(environment.finalize(t_5(l_1_address)))
            yield ';\n'
        l_1_address = missing
        yield '  server_name'
        for l_1_name in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'internal_names'):
            _loop_vars = {}
            pass
            yield ' '
            yield str(environment.finalize(t_1(l_1_name)))
        l_1_name = missing
        yield ';\n  server_tokens off;\n  client_max_body_size 0;\n'
        template = environment.get_template('nginx/logs.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
        yield '  location / {\n'
        l_1_headers = environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'internal_headers')
        pass
        template = environment.get_template('nginx/pass.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {'headers': l_1_headers}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
        l_1_headers = missing
        yield '  }\n}\n\n'
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'redirect'))):
        pass
        yield 'server {\n'
        for l_1_address in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'redirect'), 'listen'):
            _loop_vars = {}
            pass
            yield '  listen '
            yield str(environment.finalize(t_5(l_1_address)))
            yield ';\n'
        l_1_address = missing
        yield '  server_name'
        for l_1_name in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'names'):
            _loop_vars = {}
            pass
            yield ' '
            yield str(environment.finalize(t_1(l_1_name)))
        l_1_name = missing
        yield ';\n  server_tokens off;\n  location / {\n    return 301 '
        yield str(environment.finalize(t_3(str_join((environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'redirect'), 'target'), '$request_uri', )))))
        yield ';\n  }\n'
        template = environment.get_template('nginx/logs.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
        yield '}\n\n'
    yield 'server {\n'
    for l_1_address in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'listen'):
        _loop_vars = {}
        pass
        yield '  listen '
        yield str(environment.finalize(t_5(l_1_address)))
        yield ';\n'
    l_1_address = missing
    yield '  server_name'
    for l_1_name in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'names'):
        _loop_vars = {}
        pass
        yield ' '
        yield str(environment.finalize(t_1(l_1_name)))
    l_1_name = missing
    yield ';\n  server_tokens off;\n  client_max_body_size 0;\n  chunked_transfer_encoding on;\n'
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'tls'))):
        pass
        template = environment.get_template('nginx/certificate.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
        template = environment.get_template('nginx/tls.conf.j2', 'nginx/gitlab-registry.conf.j2')
        gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
        try:
            for event in gen:
                yield event
        finally: gen.close()
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'real_ip_header'))):
        pass
        yield '  real_ip_header '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'real_ip_header'))))
        yield ';\n'
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'real_ip_recursive'))):
        pass
        yield '  real_ip_recursive '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'real_ip_recursive'))))
        yield ';\n'
    for l_1_address in environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'real_ip_from'):
        _loop_vars = {}
        pass
        yield '  set_real_ip_from '
        yield str(environment.finalize(t_1(l_1_address)))
        yield ';\n'
    l_1_address = missing
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'hsts'))):
        pass
        yield '  add_header Strict-Transport-Security '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'hsts'))))
        yield ' always;\n'
    template = environment.get_template('nginx/logs.conf.j2', 'nginx/gitlab-registry.conf.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '  location / {\n'
    l_1_headers = environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'headers')
    pass
    template = environment.get_template('nginx/pass.conf.j2', 'nginx/gitlab-registry.conf.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {'headers': l_1_headers}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    l_1_headers = missing
    yield '  }\n'
    if (not t_7(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'custom'))):
        pass
        yield '\n'
        yield str(environment.finalize(t_6(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'custom'))))
        yield '\n'
    yield '}\n'
