registry_external_url 'https://registry.gitlab.example.com'
