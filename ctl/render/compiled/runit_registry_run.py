"""GENERATED from templates/runit/registry.run.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/registry.run.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_state = resolve('state')
    l_0_exchanged = resolve('exchanged')
    l_0_note = resolve('note')
    l_0_registry = resolve('registry')
    l_0_config = resolve('config')
    l_0_become = resolve('become')
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
    yield '#!/bin/sh\n# Written by ctl.\nexec 2>&1\n'
    template = environment.get_template('runit/left.j2', 'runit/registry.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/stand_in.j2', 'runit/registry.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '# Whether pushes are refused is said beside the settings: ctl set-readonly, or a collection at work.\nstate='
    yield str(environment.finalize(t_1((undefined(name='state') if l_0_state is missing else l_0_state))))
    yield '\n'
    if (undefined(name='exchanged') if l_0_exchanged is missing else l_0_exchanged):
        pass
        yield '# The guard exchanges it for one that is looked after, and no client notices.\nmeanwhile() {\n  # One that was told to end is not exchanged.\n  [ "$pause" = 1 ] || return 0\n  [ -s "$state/exchange" ] || echo "a fresh process is due" >>"$state/exchange"\n  [ ! -p "$state/wake" ] || echo 1<>"$state/wake"\n}\n'
    else:
        pass
        yield 'meanwhile() { :; }\n'
    yield 'if [ -f "$lock" ] && ! flock -n "$lock" true; then\n  holders "$lock"\n  for one in $held; do stand_in "$one"; done\nfi\n'
    template = environment.get_template('runit/hold.j2', 'runit/registry.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '# Notes which settings this process was started with.\n'
    yield str(environment.finalize(t_2((undefined(name='note') if l_0_note is missing else l_0_note))))
    yield '\nconfig='
    yield str(environment.finalize(t_1(str_join((environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'directory'), '/', (undefined(name='config') if l_0_config is missing else l_0_config), '.yml', )))))
    yield '\nif [ -e "$state/read-only.json" ] || [ -e "$state/lease.json" ]; then\n  config='
    yield str(environment.finalize(t_1(str_join((environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'directory'), '/', (undefined(name='config') if l_0_config is missing else l_0_config), '-readonly.yml', )))))
    yield '\nfi\ncd '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'directory'))))
    yield ' || exit 1\n'
    if ((not t_3(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'sockets'))) and (not t_3(environment.getattr(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'account'), 'user')))):
        pass
        yield '# nginx connects to the socket as a member of its group.\numask 007\n'
    yield 'exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\\n  HOME='
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'directory'))))
    yield ' \\\n  chpst -e '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'environment_directory'))))
    yield ' -P '
    yield str(environment.finalize(t_2((undefined(name='become') if l_0_become is missing else l_0_become))))
    yield '\\\n  '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'binary'))))
    yield ' serve "$config"\n'
