registry['env'] = {
  "REGISTRY_HTTP_RELATIVEURLS" => true
}
