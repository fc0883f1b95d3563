"""GENERATED from templates/runit/guard.run.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'runit/guard.run.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_note = resolve('note')
    l_0_home = resolve('home')
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
    yield '#!/bin/sh\n# Written by ctl. Ends what a run that died has left in force: a read-only lease, a half-done exchange.\n# Each holds a lock for as long as it lives, so this waits for the lock and compares no pid.\nexec 2>&1\n'
    template = environment.get_template('runit/left.j2', 'runit/guard.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/end_left.j2', 'runit/guard.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    template = environment.get_template('runit/hold.j2', 'runit/guard.run.j2')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield str(environment.finalize(t_2((undefined(name='note') if l_0_note is missing else l_0_note))))
    yield '\ncd '
    yield str(environment.finalize(t_1(str_join(((undefined(name='home') if l_0_home is missing else l_0_home), '/state', )))))
    yield " || exit 1\nsettle() {\n  # Closed in a process of its own: this one would be without it meanwhile, and not be known as this service's.\n  (exec 9<&- ./ctl settle)\n}\n[ -p wake ] || mkfifo -m 0600 wake || exit 1\nwhile :; do\n  if [ -e exchange ]; then\n    flock ../lock true\n    if [ -e exchange ]; then settle || sleep 5; fi\n  elif [ -e lease.json ]; then\n    # Looks up every few seconds: an exchange may be left behind while somebody holds the lease.\n    if flock -w 5 lease.lock true && [ -e lease.json ]; then settle || sleep 5; fi\n  else\n    read -r _ <>wake\n    # Who wakes us leaves its mark, and takes it away, while it holds this lock.\n    flock ../lock true\n  fi\ndone\n"
