"""GENERATED from templates/runit/logrotate.run.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/logrotate.run.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_note = resolve('note')
    l_0_home = resolve('home')
    l_0_conf = resolve('conf')
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
    pass
    yield '#!/bin/sh\n# Written by ctl. One round an hour: runsv starts this again when the pause is over.\nexec 2>&1\n'
    template = environment.get_template('runit/left.j2', 'runit/logrotate.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/end_left.j2', 'runit/logrotate.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/hold.j2', 'runit/logrotate.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield str(environment.finalize(t_2((undefined(name='note') if l_0_note is missing else l_0_note))))
    yield '\nlogrotate --state '
    yield str(environment.finalize(t_1(str_join(((undefined(name='home') if l_0_home is missing else l_0_home), '/state/logrotate.status', )))))
    yield ' '
    yield str(environment.finalize(t_1((undefined(name='conf') if l_0_conf is missing else l_0_conf))))
    yield '\nexec sleep 3600\n'
