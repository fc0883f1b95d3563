"""GENERATED from templates/nginx/logrotate.conf.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'nginx/logrotate.conf.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    try:
        t_1 = environment.filters['line']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'line' found.")
    try:
        t_2 = environment.filters['logrotate_logs']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'logrotate_logs' found.")
    try:
        t_3 = environment.filters['shell']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'shell' found.")
    try:
        t_4 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '# Written by ctl.\n'
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'log_directory'))))
    yield ' {\n  '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'frequency'))))
    yield '\n'
    if (not t_4(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'size'))):
        pass
        yield '  size '
        yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'size'))))
        yield '\n'
    yield '  maxsize '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'maxsize'))))
    yield '\n  rotate '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'count'))))
    yield '\n  '
    yield str(environment.finalize(t_1(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'rotation'), 'compress'))))
    yield '\n  delaycompress\n  missingok\n  notifempty\n  sharedscripts\n  postrotate\n    pid=$(cat '
    yield str(environment.finalize(t_3(str_join((environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'directory'), '/run/nginx.pid', )))))
    yield ' 2>/dev/null) && kill -USR1 "$pid" || :\n  endscript\n}\n'
