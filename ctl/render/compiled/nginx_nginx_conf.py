"""GENERATED from templates/nginx/nginx.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/nginx.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    l_0_log_format = resolve('log_format')
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
        t_3 = environment.filters['verbatim']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'verbatim' found.")
    try:
        t_4 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '# Written by ctl. Change /etc/gitlab/gitlab.rb and run: ctl reconfigure\n# Paths are relative to the prefix that the run script names.\ndaemon off;\nworker_processes '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'worker_processes'))))
    yield ';\npid run/nginx.pid;\nerror_log logs/error.log;\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'account'), 'user'))):
        pass
        yield 'user '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'account'), 'user'))))
        yield ' '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'account'), 'group'))))
        yield ';\n'
    yield '\nevents {\n  worker_connections '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'worker_connections'))))
    yield ';\n}\n\nworker_rlimit_nofile '
    yield str(environment.finalize(t_2((2 * environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'worker_connections')))))
    yield ';\n\nhttp {\n'
    template = environment.get_template('nginx/log_format.conf.j2', 'nginx/nginx.conf.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '  default_type application/octet-stream;\n  access_log logs/access.log '
    yield str(environment.finalize(t_2((undefined(name='log_format') if l_0_log_format is missing else l_0_log_format))))
    yield ';\n  server_tokens off;\n  server_names_hash_bucket_size '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'hash_bucket_size'))))
    yield ';\n  sendfile on;\n  tcp_nodelay on;\n  keepalive_timeout 65;\n  client_body_temp_path temp/client_body;\n  proxy_temp_path temp/proxy;\n  fastcgi_temp_path temp/fastcgi;\n  uwsgi_temp_path temp/uwsgi;\n  scgi_temp_path temp/scgi;\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'custom'))):
        pass
        yield '\n'
        yield str(environment.finalize(t_3(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'custom'))))
        yield '\n'
    yield '\n  include service_conf/*.conf;\n}\n'
