"""GENERATED from templates/registry/config.yml.j2 by make generate."""

from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'registry/config.yml.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_registry = resolve('registry')
    l_0_storage = resolve('storage')
    l_0_socket = resolve('socket')
    l_0_debug_addr = resolve('debug_addr')
    try:
        t_1 = environment.filters['yaml']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'yaml' found.")
    try:
        t_2 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    yield '# Written by ctl. Change /etc/gitlab/gitlab.rb and run: ctl reconfigure\nversion: 0.1\nlog:\n  level: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'log_level'))))
    yield '\n  formatter: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'log_formatter'))))
    yield '\n  fields:\n    service: registry\n    environment: production\nstorage:\n'
    for (l_1_name, l_1_section) in context.call(environment.getattr((undefined(name='storage') if l_0_storage is missing else l_0_storage), 'items')):
        _loop_vars = {}
        pass
        yield '  '
        yield str(environment.finalize(t_1(l_1_name)))
        yield ': '
        yield str(environment.finalize(t_1(l_1_section)))
        yield '\n'
    l_1_name = l_1_section = missing
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'middleware'))):
        pass
        yield 'middleware: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'middleware'))))
        yield '\n'
    yield 'http:\n'
    if (not t_2((undefined(name='socket') if l_0_socket is missing else l_0_socket))):
        pass
        yield '  # nginx listens at '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_addr'))))
        yield ' and passes on to this socket.\n  net: unix\n  addr: '
        yield str(environment.finalize(t_1((undefined(name='socket') if l_0_socket is missing else l_0_socket))))
        yield '\n'
    else:
        pass
        yield '  addr: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_addr'))))
        yield '\n'
    yield '  secret: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'http_secret'))))
    yield '\n  draintimeout: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'drain_timeout'))))
    yield '\n  headers:\n    X-Content-Type-Options: [nosniff]\n'
    if (not t_2((undefined(name='debug_addr') if l_0_debug_addr is missing else l_0_debug_addr))):
        pass
        yield '  debug:\n    addr: '
        yield str(environment.finalize(t_1((undefined(name='debug_addr') if l_0_debug_addr is missing else l_0_debug_addr))))
        yield '\n    prometheus:\n      enabled: true\n      path: /metrics\n'
    yield 'health:\n  storagedriver:\n    enabled: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'health'))))
    yield '\n    interval: 10s\n    threshold: 3\nauth:\n  token:\n    realm: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'realm'))))
    yield '\n    service: container_registry\n    issuer: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'issuer'))))
    yield '\n    rootcertbundle: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'bundle_path'))))
    yield '\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'jwks_path'))):
        pass
        yield '    jwks: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'jwks_path'))))
        yield '\n'
    yield '    autoredirect: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'autoredirect'))))
    yield '\nvalidation:\n  disabled: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'validation_disabled'))))
    yield '\n'
    if environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'schema1'):
        pass
        yield 'compatibility:\n  schema1:\n    enabled: true\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'notifications'))):
        pass
        yield 'notifications:\n  endpoints: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'notifications'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'database'))):
        pass
        yield 'database: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'database'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'gc'))):
        pass
        yield 'gc: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'gc'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'redis'))):
        pass
        yield 'redis: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'redis'))))
        yield '\n'
    if (not t_2(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'reporting'))):
        pass
        yield 'reporting: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='registry') if l_0_registry is missing else l_0_registry), 'reporting'))))
        yield '\n'

blocks = {}
debug_info = '4=28&5=30&10=32&11=36&13=41&14=44&17=47&18=50&20=52&22=57&24=60&25=62&28=64&30=67&37=70&42=72&44=74&45=76&46=78&47=81&49=84&51=86&52=88&57=91&59=94&61=96&62=99&64=101&65=104&67=106&68=109&70=111&71=114'
