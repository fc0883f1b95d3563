"""GENERATED from templates/registry/config.yml.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'registry/config.yml.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_registry = resolve('registry')
    l_0_storage = resolve('storage')
    l_0_sections = resolve('sections')
    l_0_socket = resolve('socket')
    l_0_debug_addr = resolve('debug_addr')
    try:
        t_1 = environment.filters['string']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'string' found.")
    try:
        t_2 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    try:
        t_3 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield 'version: 0.1\nlog:\n  level: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'log_level'))))
    yield '\n  formatter: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'log_formatter'))))
    yield '\n  fields:\n    service: registry\n    environment: production\nstorage:\n'
    for (l_1_name, l_1_section) in context.call(environment.getattr((undefined(name='storage') if l_0_storage is missing else l_0_storage), 'items')):
        _loop_vars = {}
        pass
        yield '  '
        yield str(environment.finalize(t_2(l_1_name)))
        yield ': '
        yield str(environment.finalize(t_2(l_1_section)))
        yield '\n'
    l_1_name = l_1_section = missing
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'middleware'))):
        pass
        yield 'middleware: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'middleware'))))
        yield '\n'
    yield 'http:\n'
    if (not t_3((undefined(name='socket') if l_0_socket is missing else l_0_socket))):
        pass
        yield '  # nginx listens at '
        yield str(environment.finalize(t_2(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_addr')))))
        yield ' and passes on to this socket.\n  net: unix\n  addr: '
        yield str(environment.finalize(t_2((undefined(name='socket') if l_0_socket is missing else l_0_socket))))
        yield '\n'
    else:
        pass
        yield '  addr: '
        yield str(environment.finalize(t_2(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_addr')))))
        yield '\n'
    yield '  secret: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_secret'))))
    yield '\n  draintimeout: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'drain_timeout'))))
    yield '\n  headers:\n    X-Content-Type-Options: [nosniff]\n'
    if (not t_3((undefined(name='debug_addr') if l_0_debug_addr is missing else l_0_debug_addr))):
        pass
        yield '  debug:\n    addr: '
        yield str(environment.finalize(t_2(t_1((undefined(name='debug_addr') if l_0_debug_addr is missing else l_0_debug_addr)))))
        yield '\n    prometheus:\n      enabled: true\n      path: /metrics\n'
    yield 'health:\n  storagedriver:\n    enabled: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'health'))))
    yield '\n    interval: 10s\n    threshold: 3\nauth:\n  token:\n    realm: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'realm'))))
    yield '\n    service: container_registry\n    issuer: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'issuer'))))
    yield '\n    rootcertbundle: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'bundle_path'))))
    yield '\n'
    if (not t_3(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'jwks_path'))):
        pass
        yield '    jwks: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'jwks_path'))))
        yield '\n'
    yield '    autoredirect: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'autoredirect'))))
    yield '\nvalidation:\n  disabled: '
    yield str(environment.finalize(t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'validation_disabled'))))
    yield '\n'
    if environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'schema1'):
        pass
        yield 'compatibility:\n  schema1:\n    enabled: true\n'
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'endpoints'))):
        pass
        yield 'notifications:\n  endpoints: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'endpoints'))))
        yield '\n'
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'database'))):
        pass
        yield 'database: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'database'))))
        yield '\n'
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'gc'))):
        pass
        yield 'gc: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'gc'))))
        yield '\n'
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'redis'))):
        pass
        yield 'redis: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'redis'))))
        yield '\n'
    if (not t_3(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'reporting'))):
        pass
        yield 'reporting: '
        yield str(environment.finalize(t_2(environment.getattr((undefined(name='sections') if l_0_sections is missing else l_0_sections), 'reporting'))))
        yield '\n'
