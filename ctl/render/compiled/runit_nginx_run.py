"""GENERATED from templates/runit/nginx.run.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/nginx.run.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_vhost = resolve('vhost')
    l_0_note = resolve('note')
    try:
        t_1 = environment.filters['shell']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'shell' found.")
    try:
        t_2 = environment.filters['verbatim']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'verbatim' found.")
    try:
        t_3 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '#!/bin/sh\n# Written by ctl.\nexec 2>&1\ncd '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'directory'))))
    yield ' || exit 1\n'
    template = environment.get_template('runit/left.j2', 'runit/nginx.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/stand_in.j2', 'runit/nginx.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield 'meanwhile() { :; }\n# Workers of a master that was killed end when they have answered what was asked, unless they let go of no\n# port: the start before this one has told them to, and has not come to listen.\nfor old in "$lock".[0-9]*; do\n  holders "$old"\n  [ -n "$held" ] || rm -f "$old"\n  [ -z "$held" ] || [ -f run/nginx.pid ] || kill -s KILL $held\ndone\nif [ -f "$lock" ] && ! flock -n "$lock" true; then\n  master=0\n  [ ! -f run/nginx.pid ] || read -r master <run/nginx.pid\n  [ ! "/proc/$master/fd/9" -ef "$lock" ] || stand_in "$master"\n  holders "$lock"\n  happened "its master process had died; the workers end when they have answered, and it is started again"\n  [ -z "$held" ] || kill -s QUIT $held\n  rm -f run/nginx.pid\n  mv "$lock" "$lock.$$" && true >"$lock"\nfi\n'
    template = environment.get_template('runit/hold.j2', 'runit/nginx.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '# Notes which settings this process was started with.\n'
    yield str(environment.finalize(t_2((undefined(name='note') if l_0_note is missing else l_0_note))))
    yield '\nset -- -e stderr -p '
    yield str(environment.finalize(t_1(str_join((environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'directory'), '/', )))))
    yield ' -c conf/nginx.conf\n'
    if t_3(environment.getattr(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'account'), 'user')):
        pass
        yield '# Services run as who started them; without this, nginx started by root would change to nobody.\n[ "$(id -u)" != 0 ] || set -- "$@" -g \'user root;\'\n'
    yield 'exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\\n  chpst -P '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='vhost') if l_0_vhost is missing else l_0_vhost), 'binary'))))
    yield ' "$@"\n'
