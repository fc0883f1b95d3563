"""GENERATED from templates/nginx/nginx.conf.j2 by make generate."""

from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'nginx/nginx.conf.j2'

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
        t_4 = environment.filters['verbatim']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'verbatim' found.")
    try:
        t_5 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '# Written by ctl. Change /etc/gitlab/gitlab.rb and run: ctl reconfigure\n# Paths are relative to the prefix that the run script names.\ndaemon off;\nworker_processes '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'worker_processes'))))
    yield ';\npid run/nginx.pid;\nerror_log logs/error.log;\n'
    if (not t_5(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'account'), 'user'))):
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
    if ('filtered_request_uri' in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format')):
        pass
        yield '  map "" $filtered_request_uri {\n    default $uri;\n  }\n'
    if ('filtered_http_referer' in environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format')):
        pass
        yield '  map $http_referer $filtered_http_referer {\n    default $http_referer;\n    "~^(?<referer_without_query>[^?]*)[?]" $referer_without_query;\n  }\n'
    yield '  log_format gitlab_access '
    yield str(environment.finalize(t_3(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'log_format'))))
    yield ';\n  default_type application/octet-stream;\n  access_log logs/access.log gitlab_access;\n  server_tokens off;\n  server_names_hash_bucket_size '
    yield str(environment.finalize(t_2(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'hash_bucket_size'))))
    yield ';\n  sendfile on;\n  tcp_nodelay on;\n  keepalive_timeout 65;\n  client_body_temp_path temp/client_body;\n  proxy_temp_path temp/proxy;\n  fastcgi_temp_path temp/fastcgi;\n  uwsgi_temp_path temp/uwsgi;\n  scgi_temp_path temp/scgi;\n'
    if (not t_5(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'custom'))):
        pass
        yield '\n'
        yield str(environment.finalize(t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'main'), 'custom'))))
        yield '\n'
    yield '\n  include service_conf/*.conf;\n}\n'

blocks = {}
debug_info = '4=43&7=45&8=48&12=53&15=55&18=57&23=60&29=64&33=66&42=68&44=71'
