"""GENERATED from templates/gitlab/gitlab.yml.j2 by make generate."""

from ctl.render.runtime import TemplateRuntimeError, Undefined, internalcode, missing, str_join
name = 'gitlab/gitlab.yml.j2'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_gitlab = resolve('gitlab')
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
    yield "# Written by ctl: the part of GitLab's gitlab.yml that concerns the container registry.\nproduction:\n"
    if (not t_2(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'default_feature'))):
        pass
        yield '  default_projects_features:\n    container_registry: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'default_feature'))))
        yield '\n'
    if ((not t_2(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'geo_enabled'))) or (not t_2(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'geo_primary_url')))):
        pass
        yield '  geo:\n    registry_replication:\n      enabled: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'geo_enabled'))))
        yield '\n      primary_api_url: '
        yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'geo_primary_url'))))
        yield '\n'
    yield '  registry:\n    enabled: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'enabled'))))
    yield '\n    host: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'host'))))
    yield '\n    port: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'port'))))
    yield '\n    api_url: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'api_url'))))
    yield '\n    path: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'path'))))
    yield '\n    key: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'key_path'))))
    yield '\n    issuer: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'issuer'))))
    yield '\n    notification_secret: '
    yield str(environment.finalize(t_1(environment.getattr((undefined(name='gitlab') if l_0_gitlab is missing else l_0_gitlab), 'notification_secret'))))
    yield '\n'
