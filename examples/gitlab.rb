##! Every setting of ctl, with what holds where nothing is said. As /etc/gitlab/gitlab.rb this file is yours:
##! edit it, then run "ctl reconfigure". An upgrade leaves it as it is; "ctl diff-config" shows what is new.
##!
##! A line that begins with "# " sets what holds anyway: nil stands for "not set". Take the "# " away to set
##! something else. A hash that spans lines is not there by default; inside it, lines with a second "# " are
##! not set either.

##! GitLab's URL; the base of the token realm. (URL without user, query and fragment)
external_url 'https://gitlab.example.com'

##! The registry's URL; the main switch. (URL without a path)
registry_external_url 'https://registry.example.com'

### registry: The registry.

##! Whether the registry runs on this machine; by default when registry_external_url is set. (true or false)
# registry['enable'] = nil

##! The account that the registry runs as. (account name)
# registry['username'] = 'registry'

##! The group of that account. (account name)
# registry['group'] = 'registry'

##! Its number, when it has to be made. (whole number)
# registry['uid'] = nil

##! The group's number, when it has to be made. (whole number)
# registry['gid'] = nil

##! Where config.yml and the token certificate are found. (absolute path)
# registry['dir'] = '/var/opt/gitlab/registry'

##! The account's shell, when it has to be made. (absolute path)
# registry['shell'] = '/usr/sbin/nologin'

##! Where the registry's log is written. (absolute path)
# registry['log_directory'] = '/var/log/gitlab/registry'

##! A group that may read the log; by default logging['log_group']. (account name)
# registry['log_group'] = nil

##! Where the environment variables are found, a file each. (absolute path)
# registry['env_directory'] = '/opt/gitlab/etc/registry/env'

##! Environment variables of the registry. (hash of string, number, true or false)
# registry['env'] = {}

##! From which level on the registry logs. ('error', 'warn', 'info' or 'debug')
# registry['log_level'] = 'info'

##! The form of its log. ('text', 'json' or 'logstash')
# registry['log_formatter'] = 'text'

##! Bytes after which the log is rotated; by default logging['svlogd_size']. (whole number)
# registry['svlogd_size'] = nil

##! How many rotated logs are kept; by default logging['svlogd_num']. (whole number)
# registry['svlogd_num'] = nil

##! Seconds after which the log is rotated; by default logging['svlogd_timeout']. (whole number)
# registry['svlogd_timeout'] = nil

##! Program that rotated logs go through; by default logging['svlogd_filter'], none for an empty string.
##! (string)
# registry['svlogd_filter'] = nil

##! Address that log lines are sent to as well; by default logging['svlogd_udp']. (IPv4 address, with a
##! port)
# registry['svlogd_udp'] = nil

##! Text before every line; by default logging['svlogd_prefix']. (string)
# registry['svlogd_prefix'] = nil

##! Where the registry listens behind nginx; by default 127.0.0.1:5000. (host:port)
# registry['registry_http_addr'] = nil

##! Signs the state of uploads; the same on every node, made when not given. (secret string)
# registry['http_secret'] = nil

##! How long a stopping registry finishes requests; by default ctl['drain_timeout']. (duration such as
##! '10s'; since 18.10)
# registry['http_draintimeout'] = nil

##! Where health and metrics are served, without a password. (host:port)
# registry['debug_addr'] = nil

##! GitLab's URL as clients reach it; by default external_url. (URL without user, query and fragment)
# registry['token_realm'] = nil

##! Whether the realm is taken from the request's host. (true or false)
# registry['autoredirect'] = false

##! Certificates of the keys whose tokens are accepted; by default the one of internal_certificate.
##! (absolute path)
# registry['rootcertbundle'] = nil

##! The key that GitLab signs tokens with. (secret PEM text of a private key)
# registry['internal_key'] = nil

##! The certificate that the registry checks them against. (PEM text of a certificate)
# registry['internal_certificate'] = nil

##! Whether the registry reports itself ill when its storage does not answer. (true or false)
# registry['health_storagedriver_enabled'] = true

##! Whether pushed manifests are checked. (true or false)
# registry['validation_enabled'] = false

##! Whether manifests of schema 1 are accepted. (true or false)
##! distribution 3 and GitLab's registry ignore it; manifests of schema 1 are gone from this registry
# registry['compatibility_schema1_enabled'] = false

### registry['storage']: Where images lie.

##! Images in a directory of this machine. (hash)
# registry['storage']['filesystem'] = {
#   ##! The directory; by default gitlab_rails['registry_path']. (absolute path)
#   'rootdirectory' => nil,
#   ##! How many file operations may be under way at once. (whole number)
#   'maxthreads' => nil,
# }

##! Images in an S3 bucket. (hash)
# registry['storage']['s3'] = {
#   ##! Access key; leave both keys out to use the machine's IAM role. (secret string)
#   'accesskey' => nil,
#   ##! Secret key; leave both keys out to use the machine's IAM role. (secret string)
#   'secretkey' => nil,
#   ##! Name of an existing bucket. (string; required)
#   'bucket' => 'registry-images',
#   ##! AWS region; for other servers whatever they expect, often us-east-1. (string; required)
#   'region' => 'eu-central-1',
#   ##! URL of an S3-compatible server that is not AWS. (string)
#   'regionendpoint' => nil,
#   ##! Prefix of every object's key. (string)
#   'rootdirectory' => nil,
#   ##! Whether the bucket's name goes into the path of a request instead of its host name. (true or false)
#   ##! distribution 2.8 ignores it; this registry uses path style whenever regionendpoint is set
#   'pathstyle' => nil,
#   ##! Ask for server-side encryption. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'encrypt' => nil,
#   ##! KMS key for server-side encryption. (string)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'keyid' => nil,
#   ##! Whether to talk TLS to the server. (true or false)
#   'secure' => nil,
#   ##! Whether to accept any certificate of the server. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'skipverify' => nil,
#   ##! Whether to sign requests by version 4. (true or false)
#   'v4auth' => nil,
#   ##! Bytes of an upload's part. (bytes from 5242880 to 5368709120)
#   'chunksize' => nil,
#   ##! Bytes of a copy's part. (bytes from 5242880 to 5368709120)
#   'multipartcopychunksize' => nil,
#   ##! Parts of a copy under way at once. (whole number)
#   'multipartcopymaxconcurrency' => nil,
#   ##! Bytes from which a copy is done in parts. (bytes from 0 to 5368709120)
#   'multipartcopythresholdsize' => nil,
#   ##! S3 storage class. (string)
#   'storageclass' => nil,
#   ##! Canned ACL of new objects. (string)
#   'objectacl' => nil,
#   ##! User-Agent header of requests. (string)
#   ##! GitLab's registry ignores it
#   'useragent' => nil,
#   ##! Limit of requests a second; GitLab's registry only. (whole number)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'maxrequestspersecond' => nil,
#   ##! How much of its requests the driver logs. (string)
#   ##! distribution 2.8 ignores it; only newer registries log the driver's requests
#   'loglevel' => nil,
#   ##! The same as pathstyle, by the name that distribution 3 gave it. (true or false)
#   'forcepathstyle' => nil,
#   ##! Token that goes with temporary keys; GitLab's registry only. (secret string)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'sessiontoken' => nil,
#   ##! Whether the bucket's owner owns new objects, in place of an ACL; GitLab's registry only. (true or
#   ##! false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'objectownership' => nil,
#   ##! How often a request is tried again; GitLab's registry only. (whole number)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'maxretries' => nil,
#   ##! Whether garbage collection lists in parallel; GitLab's registry only. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'parallelwalk' => nil,
#   ##! Whether IPv6 is used too; distribution 3 only. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'usedualstack' => nil,
#   ##! Whether transfer acceleration is used; distribution 3 only. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'accelerate' => nil,
#   ##! Whether the FIPS endpoints are used; distribution 3 only. (true or false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'usefipsendpoint' => nil,
# }

##! Images in an S3 bucket by the newer driver of GitLab's registry. (hash)
##! distribution 2.8 and distribution 3 refuse to start with it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service
# registry['storage']['s3_v2'] = {
#   ##! Access key; leave both keys out to use the machine's IAM role. (secret string)
#   'accesskey' => nil,
#   ##! Secret key; leave both keys out to use the machine's IAM role. (secret string)
#   'secretkey' => nil,
#   ##! Name of an existing bucket. (string; required)
#   'bucket' => 'registry-images',
#   ##! AWS region; for other servers whatever they expect, often us-east-1. (string; required)
#   'region' => 'eu-central-1',
#   ##! URL of an S3-compatible server that is not AWS. (string)
#   'regionendpoint' => nil,
#   ##! Prefix of every object's key. (string)
#   'rootdirectory' => nil,
#   ##! Whether the bucket's name goes into the path of a request instead of its host name. (true or false)
#   'pathstyle' => nil,
#   ##! Ask for server-side encryption. (true or false)
#   'encrypt' => nil,
#   ##! KMS key for server-side encryption. (string)
#   'keyid' => nil,
#   ##! Whether to talk TLS to the server. (true or false)
#   'secure' => nil,
#   ##! Whether to accept any certificate of the server. (true or false)
#   'skipverify' => nil,
#   ##! Whether to sign requests by version 4. (true or false)
#   'v4auth' => nil,
#   ##! Bytes of an upload's part. (bytes from 5242880 to 5368709120)
#   'chunksize' => nil,
#   ##! Bytes of a copy's part. (bytes from 5242880 to 5368709120)
#   'multipartcopychunksize' => nil,
#   ##! Parts of a copy under way at once. (whole number)
#   'multipartcopymaxconcurrency' => nil,
#   ##! Bytes from which a copy is done in parts. (bytes from 0 to 5368709120)
#   'multipartcopythresholdsize' => nil,
#   ##! S3 storage class. (string)
#   'storageclass' => nil,
#   ##! Canned ACL of new objects. (string)
#   'objectacl' => nil,
#   ##! User-Agent header of requests. (string)
#   'useragent' => nil,
#   ##! Limit of requests a second; GitLab's registry only. (whole number)
#   'maxrequestspersecond' => nil,
#   ##! How much of its requests the driver logs. (string)
#   'loglevel' => nil,
#   ##! The same as pathstyle, by the name that distribution 3 gave it. (true or false)
#   'forcepathstyle' => nil,
#   ##! Token that goes with temporary keys; GitLab's registry only. (secret string)
#   'sessiontoken' => nil,
#   ##! Whether the bucket's owner owns new objects, in place of an ACL; GitLab's registry only. (true or
#   ##! false)
#   'objectownership' => nil,
#   ##! How often a request is tried again; GitLab's registry only. (whole number)
#   'maxretries' => nil,
#   ##! Whether garbage collection lists in parallel; GitLab's registry only. (true or false)
#   'parallelwalk' => nil,
#   ##! Whether IPv6 is used too; distribution 3 only. (true or false)
#   'usedualstack' => nil,
#   ##! Whether transfer acceleration is used; distribution 3 only. (true or false)
#   'accelerate' => nil,
#   ##! Whether the FIPS endpoints are used; distribution 3 only. (true or false)
#   'usefipsendpoint' => nil,
#   ##! Whether checksums are left out, as some servers that are not AWS need. (true or false)
#   'checksum_disabled' => nil,
#   ##! Which checksum goes with an upload. ('CRC32', 'CRC32C', 'SHA1', 'SHA256' or 'CRC64NVME')
#   'checksum_algorithm' => nil,
# }

##! Images in Google Cloud Storage. (hash)
##! not run: what becomes of this was never tried with a real program and service; an upload begins at
##! Google's own address, so that no stand-in could take it
# registry['storage']['gcs'] = {
#   ##! Name of an existing bucket. (string; required)
#   'bucket' => 'registry-images',
#   ##! File with a service account's key; without one the machine's own credentials are used. (absolute path)
#   'keyfile' => nil,
#   ##! A service account's key itself, in place of keyfile. (hash)
#   'credentials' => nil,
#   ##! Prefix of every object's name. (string)
#   'rootdirectory' => nil,
#   ##! Bytes of an upload's part; a multiple of 262144. (bytes, a multiple of 262144)
#   'chunksize' => nil,
#   ##! How many operations may be under way at once. (whole number)
#   'maxconcurrency' => nil,
#   ##! User-Agent header of requests. (string)
#   ##! distribution 2.8 ignores it; only newer registries have this
#   'useragent' => nil,
#   ##! Whether the driver logs its requests; GitLab's registry only. (true or false)
#   'debug_log' => nil,
#   ##! Whether garbage collection lists in parallel; GitLab's registry only. (true or false)
#   'parallelwalk' => nil,
# }

##! Images in Azure Blob Storage. (hash)
# registry['storage']['azure'] = {
#   ##! Name of the storage account. (string; required)
#   'accountname' => 'registryimages',
#   ##! Name of an existing container. (string; required)
#   'container' => 'registry-images',
#   ##! Domain of the service; by default core.windows.net. (string)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'realm' => nil,
#   ##! Prefix of every blob's name. (string)
#   ##! distribution 2.8 ignores it; only newer registries have this
#   'rootdirectory' => nil,
#   ##! URL of the service where it is none of Azure's own. (string)
#   ##! distribution 2.8 ignores it; only newer registries have this
#   'serviceurl' => nil,
#   ##! Whether names begin without the slash that older versions put there; GitLab's registry only. (true or
#   ##! false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'trimlegacyrootprefix' => nil,
#   ##! Whether names begin with the slash that older versions put there; GitLab's registry only. (true or
#   ##! false)
#   ##! not run: what becomes of this was never tried with a real program and service
#   'legacyrootprefix' => nil,
#   ##! Key of the storage account. (secret string)
#   'accountkey' => nil,
#   ##! Connection string; distribution 3.1.1 knows it and does not heed it. (secret string)
#   ##! distribution 2.8 and GitLab's registry ignore it; only distribution 3 has this
#   ##! not run: what becomes of this was never tried with a real program and service
#   'connectionstring' => nil,
#   ##! Another way to sign in than by key; distribution 3 only. (hash)
#   ##! not run: what becomes of this was never tried with a real program and service
#   # 'credentials' => {
#   #   ##! The way. ('client_secret', 'shared_key' or 'default_credentials'; required)
#   #   'type' => 'client_secret',
#   #   ##! Application, with client_secret. (string)
#   #   'clientid' => nil,
#   #   ##! Tenant, with client_secret. (string)
#   #   'tenantid' => nil,
#   #   ##! Secret, with client_secret. (secret string)
#   #   'secret' => nil,
#   # },
#   ##! How often a request is tried again; distribution 3 only. (whole number)
#   'max_retries' => nil,
#   ##! Time between two attempts; distribution 3 only. (duration such as '10s')
#   'retry_delay' => nil,
#   ##! Whether to accept any certificate; distribution 3 only. (true or false)
#   'skipverify' => nil,
# }

##! Images in Azure Blob Storage by the newer driver of GitLab's registry. (hash)
##! distribution 2.8 and distribution 3 refuse to start with it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service
# registry['storage']['azure_v2'] = {
#   ##! Name of the storage account. (string; required)
#   'accountname' => 'registryimages',
#   ##! Name of an existing container. (string; required)
#   'container' => 'registry-images',
#   ##! Domain of the service; by default core.windows.net. (string)
#   'realm' => nil,
#   ##! Prefix of every blob's name. (string)
#   'rootdirectory' => nil,
#   ##! URL of the service where it is none of Azure's own. (string)
#   'serviceurl' => nil,
#   ##! Whether names begin without the slash that older versions put there; GitLab's registry only. (true or
#   ##! false)
#   'trimlegacyrootprefix' => nil,
#   ##! Whether names begin with the slash that older versions put there; GitLab's registry only. (true or
#   ##! false)
#   'legacyrootprefix' => nil,
#   ##! Key of the storage account, with shared_key. (secret string)
#   'accountkey' => nil,
#   ##! How to sign in; by default shared_key. ('client_secret', 'shared_key' or 'default_credentials')
#   'credentials_type' => nil,
#   ##! Tenant, with client_secret. (string)
#   'tenant_id' => nil,
#   ##! Application, with client_secret. (string)
#   'client_id' => nil,
#   ##! Secret, with client_secret. (secret string)
#   'secret' => nil,
#   ##! How often a request is tried again. (whole number)
#   'max_retries' => nil,
#   ##! How long an attempt may take. (duration such as '10s')
#   'retry_try_timeout' => nil,
#   ##! Time before the first new attempt. (duration such as '10s')
#   'retry_delay' => nil,
#   ##! Longest time between two attempts. (duration such as '10s')
#   'max_retry_delay' => nil,
#   ##! Time before the state of a copy is asked for again. (duration such as '10s')
#   'api_pool_initial_interval' => nil,
#   ##! Longest time between two such questions. (duration such as '10s')
#   'api_pool_max_interval' => nil,
#   ##! How long a copy may take in all. (duration such as '10s')
#   'api_pool_max_elapsed_time' => nil,
#   ##! Whether the driver logs its requests. (true or false)
#   'debug_log' => nil,
#   ##! Which events it logs, separated by commas. (string)
#   'debug_log_events' => nil,
# }

##! Images in OpenStack Swift; distribution 2.8 only, handed over as given. (hash)
##! distribution 3 and GitLab's registry refuse to start with it; this driver is gone from this registry;
##! use 's3', which such stores speak too, or distribution 2.8
##! not run: what becomes of this was never tried with a real program and service
# registry['storage']['swift'] = nil

##! Images in Alibaba Cloud; some builds of distribution 2.8 only, handed over as given. (hash)
##! distribution 3 and GitLab's registry refuse to start with it; this driver is gone from this registry;
##! use 's3', which such stores speak too, or distribution 2.8
##! not run: what becomes of this was never tried with a real program and service
# registry['storage']['oss'] = nil

##! Cache of blob descriptors. (hash)
# registry['storage']['cache'] = {
#   ##! Where the registry remembers what it knows of blobs. ('inmemory' or 'redis')
#   'blobdescriptor' => 'inmemory',
#   ##! How many blobs the cache in memory knows at most; distribution 3 only. (whole number)
#   'blobdescriptorsize' => nil,
# }

##! Deletion of manifests; takes precedence over registry['storage_delete_enabled']. (hash)
# registry['storage']['delete'] = {
#   ##! Whether clients may delete. (true or false)
#   'enabled' => true,
# }

##! Downloads from object storage. (hash)
# registry['storage']['redirect'] = {
#   ##! Whether the registry passes blobs through instead of sending clients to the object store. (true or
#   ##! false)
#   'disable' => false,
#   ##! How long the address that a client is sent to is good; GitLab's registry only. (duration such as
#   ##! '10s')
#   'expirydelay' => nil,
#   ##! Patterns of repositories that are passed through; GitLab's registry only. (array of string)
#   'exceptions' => nil,
# }

### registry['storage']['maintenance']: Read-only mode and housekeeping.

##! Read-only mode. (hash)
# registry['storage']['maintenance']['readonly'] = {
#   ##! Whether every write is refused. (true or false)
#   'enabled' => false,
# }

##! Removal of uploads that were never finished. (hash)
# registry['storage']['maintenance']['uploadpurging'] = {
#   ##! Whether it is done. (true or false)
#   'enabled' => true,
#   ##! Age from which an upload is removed. (duration such as '10s')
#   'age' => '168h',
#   ##! Time between two rounds. (duration such as '10s')
#   'interval' => '24h',
#   ##! Whether it is only logged. (true or false)
#   'dryrun' => false,
# }

##! Look-ups of tags. (hash)
##! distribution 2.8 and GitLab's registry refuse to start with it; only distribution 3 has this
# registry['storage']['tag'] = {
#   ##! How many run at once; distribution 3 only. (whole number)
#   'concurrencylimit' => nil,
# }

##! Whether clients may delete. (true or false)
# registry['storage_delete_enabled'] = true

##! Middlewares by kind: registry, repository, storage. (hash of array of hash; since 14.7)
# registry['middleware'] = { 'registry' => [{
#   ##! The middleware's name. (string; required)
#   'name' => 'events',
#   ##! Its options, as the registry documents them. (hash)
#   'options' => {},
# }] }

##! Who is told of pushes and deletions. (array of hash)
# registry['notifications'] = [{
#   ##! A name of its own; geo_event is GitLab Geo's. (string; required)
#   'name' => 'events',
#   ##! Where events are posted to. (URL; required)
#   'url' => 'https://events.example.com/registry',
#   ##! How long to wait for an answer. (duration such as '10s')
#   'timeout' => nil,
#   ##! Deprecated: failures before a pause; GitLab's registry knows maxretries instead. (whole number)
#   'threshold' => nil,
#   ##! How often an event is tried again. (whole number; since 17.1)
#   ##! distribution 2.8 and distribution 3 ignore it; use 'threshold'; this registry tries again for ever,
#   ##! with pauses
#   'maxretries' => nil,
#   ##! How long to pause after failures. (duration such as '10s')
#   'backoff' => nil,
#   ##! Headers of the request, each with a list of values. (hash of array of string)
#   'headers' => {},
#   ##! Whether it is left out. (true or false)
#   'disabled' => nil,
#   ##! How many events may wait; GitLab's registry only. (whole number)
#   'queuesizelimit' => nil,
#   ##! How long waiting events may take when the registry stops; GitLab's registry only. (duration such as
#   ##! '10s')
#   'queuepurgetimeout' => nil,
#   ##! Media types that it is not told of. (array of string)
#   'ignoredmediatypes' => nil,
#   ##! What it is not told of. (hash)
#   # 'ignore' => {
#   #   ##! Media types. (array of string)
#   #   'mediatypes' => nil,
#   #   ##! Actions: push, pull, delete. (array of string)
#   #   'actions' => nil,
#   # },
# }]

##! Timeout of endpoints that have none of their own. (duration such as '10s')
# registry['default_notifications_timeout'] = '500ms'

##! Threshold of endpoints that have none of their own. (whole number)
##! GitLab's registry ignores it; use 'default_notifications_maxretries'
# registry['default_notifications_threshold'] = 5

##! Retries of endpoints that have none of their own. (whole number; since 17.1)
##! distribution 2.8 and distribution 3 ignore it; use 'threshold'; this registry tries again for ever, with
##! pauses
# registry['default_notifications_maxretries'] = 5

##! Pause of endpoints that have none of their own. (duration such as '10s')
# registry['default_notifications_backoff'] = '1s'

##! Headers of every endpoint; its own win. (hash of array of string)
# registry['default_notifications_headers'] = {}

##! The metadata database of GitLab's registry. (hash; since 16.4)
##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service
# registry['database'] = {
#   ##! Whether it is used: true, false, or 'prefer' for new installations. (true, false or 'prefer'; since
#   ##! 16.4)
#   'enabled' => nil,
#   ##! PostgreSQL's host, or the directory of its socket. (string)
#   'host' => 'postgres.example.com',
#   ##! PostgreSQL's port; by default 5432. (port)
#   'port' => nil,
#   ##! The role; by default registry. (string)
#   'user' => nil,
#   ##! The role's password. (secret string)
#   'password' => nil,
#   ##! The database; by default registry. (string)
#   'dbname' => nil,
#   ##! How TLS is used; by default prefer. ('disable', 'allow', 'prefer', 'require', 'verify-ca' or
#   ##! 'verify-full')
#   'sslmode' => nil,
#   ##! Client certificate. (absolute path)
#   'sslcert' => nil,
#   ##! Key of the client certificate. (absolute path)
#   'sslkey' => nil,
#   ##! Certificates that the server's is checked against. (absolute path)
#   'sslrootcert' => nil,
#   ##! How long connecting may take. (duration such as '10s')
#   'connecttimeout' => nil,
#   ##! How long closing may take. (duration such as '10s')
#   'draintimeout' => nil,
#   ##! Whether statements are prepared; not behind PgBouncer. (true or false)
#   'preparedstatements' => nil,
#   ##! Host of the primary for migrations. (string)
#   'primary' => nil,
#   ##! Connections. (hash)
#   # 'pool' => {
#   #   ##! How many may stay open without work. (whole number)
#   #   'maxidle' => nil,
#   #   ##! How many may be open. (whole number)
#   #   'maxopen' => nil,
#   #   ##! How long a connection is used. (duration such as '10s')
#   #   'maxlifetime' => nil,
#   #   ##! How long a connection may stay without work. (duration such as '10s')
#   #   'maxidletime' => nil,
#   # },
#   ##! Migrations that run beside the service. (hash)
#   # 'backgroundmigrations' => {
#   #   ##! Whether they run. (true or false)
#   #   'enabled' => nil,
#   #   ##! How often a job is tried again. (whole number)
#   #   'maxjobretries' => nil,
#   #   ##! Time between two jobs. (duration such as '10s')
#   #   'jobinterval' => nil,
#   # },
#   ##! Reading from replicas. (hash)
#   # 'loadbalancing' => {
#   #   ##! Whether replicas are read from. (true or false)
#   #   'enabled' => nil,
#   #   ##! Replicas. (array of string)
#   #   'hosts' => nil,
#   #   ##! DNS server that knows the replicas. (string)
#   #   'nameserver' => nil,
#   #   ##! Port of that server. (port)
#   #   'port' => nil,
#   #   ##! Name under which it knows them. (string)
#   #   'record' => nil,
#   #   ##! Time between two look-ups. (duration such as '10s')
#   #   'replicacheckinterval' => nil,
#   # },
#   ##! Metrics. (hash)
#   # 'metrics' => {
#   #   ##! Whether they are collected; needs the Redis cache. (true or false)
#   #   'enabled' => nil,
#   #   ##! Time between two rounds. (duration such as '10s')
#   #   'interval' => nil,
#   #   ##! How long a node keeps the task. (duration such as '10s')
#   #   'leaseduration' => nil,
#   # },
# }

##! Whether a reconfigure brings the metadata database up to date. (true or false; since 18.3)
##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service
# registry['auto_migrate'] = true

##! Online garbage collection of GitLab's registry. (hash; since 16.10)
##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service
# registry['gc'] = {
#   ##! Whether it is off. (true or false; since 16.10)
#   'disabled' => nil,
#   ##! Whether it does not slow down when there is nothing to do. (true or false)
#   'noidlebackoff' => nil,
#   ##! Longest pause. (duration such as '10s')
#   'maxbackoff' => nil,
#   ##! Pause after an error. (duration such as '10s')
#   'errorcooldownperiod' => nil,
#   ##! How long a transaction may take. (duration such as '10s')
#   'transactiontimeout' => nil,
#   ##! Time before something unreferenced is reviewed; -1 for never. (duration, or -1)
#   'reviewafter' => nil,
#   ##! Manifests. (hash)
#   # 'manifests' => {
#   #   ##! Whether it is off. (true or false)
#   #   'disabled' => nil,
#   #   ##! Time between two rounds. (duration such as '10s')
#   #   'interval' => nil,
#   # },
#   ##! Blobs. (hash)
#   # 'blobs' => {
#   #   ##! Whether it is off. (true or false)
#   #   'disabled' => nil,
#   #   ##! Time between two rounds. (duration such as '10s')
#   #   'interval' => nil,
#   #   ##! How long deleting from the store may take. (duration such as '10s')
#   #   'storagetimeout' => nil,
#   # },
# }

##! Redis. (hash)
# registry['redis'] = {
#   ##! host:port, or several separated by commas for Sentinel or Cluster. (string)
#   'addr' => nil,
#   ##! Name of the primary that Sentinel watches. (string)
#   ##! distribution 2.8 ignores it
#   ##! not run: what becomes of this was never tried with a real program and service
#   'mainname' => nil,
#   ##! User. (string)
#   ##! distribution 2.8 ignores it
#   'username' => nil,
#   ##! Password. (secret string)
#   'password' => nil,
#   ##! Sentinel's user. (string)
#   ##! distribution 2.8 ignores it
#   ##! not run: what becomes of this was never tried with a real program and service
#   'sentinelusername' => nil,
#   ##! Sentinel's password. (secret string)
#   ##! distribution 2.8 ignores it
#   ##! not run: what becomes of this was never tried with a real program and service
#   'sentinelpassword' => nil,
#   ##! Number of the database. (whole number)
#   'db' => nil,
#   ##! How long connecting may take. (duration such as '10s')
#   'dialtimeout' => nil,
#   ##! How long reading may take. (duration such as '10s')
#   'readtimeout' => nil,
#   ##! How long writing may take. (duration such as '10s')
#   'writetimeout' => nil,
#   ##! TLS. (hash)
#   ##! distribution 2.8 and distribution 3 ignore it; the connection is not encrypted; use GitLab's registry,
#   ##! or a tunnel such as stunnel
#   ##! not run: what becomes of this was never tried with a real program and service
#   # 'tls' => {
#   #   ##! Whether it is used. (true or false)
#   #   'enabled' => nil,
#   #   ##! Whether any certificate is accepted. (true or false)
#   #   'insecure' => nil,
#   # },
#   ##! Connections. (hash)
#   # 'pool' => {
#   #   ##! How many may be open. (whole number)
#   #   'size' => nil,
#   #   ##! How long a connection is used. (duration such as '10s')
#   #   ##! distribution 2.8 ignores it; use 'idletimeout'
#   #   'maxlifetime' => nil,
#   #   ##! How long a connection may stay without work. (duration such as '10s')
#   #   'idletimeout' => nil,
#   #   ##! How many may stay open without work; distribution 2.8. (whole number)
#   #   ##! distribution 3 and GitLab's registry ignore it; use 'size'
#   #   'maxidle' => nil,
#   #   ##! How many may be open; distribution 2.8. (whole number)
#   #   ##! distribution 3 and GitLab's registry ignore it; use 'size'
#   #   'maxactive' => nil,
#   # },
#   ##! The cache. (hash)
#   # 'cache' => {
#   #   ##! host:port, or several separated by commas for Sentinel or Cluster. (string)
#   #   'addr' => nil,
#   #   ##! Name of the primary that Sentinel watches. (string)
#   #   ##! distribution 2.8 ignores it
#   #   ##! not run: what becomes of this was never tried with a real program and service
#   #   'mainname' => nil,
#   #   ##! User. (string)
#   #   ##! distribution 2.8 ignores it
#   #   'username' => nil,
#   #   ##! Password. (secret string)
#   #   'password' => nil,
#   #   ##! Sentinel's user. (string)
#   #   ##! distribution 2.8 ignores it
#   #   ##! not run: what becomes of this was never tried with a real program and service
#   #   'sentinelusername' => nil,
#   #   ##! Sentinel's password. (secret string)
#   #   ##! distribution 2.8 ignores it
#   #   ##! not run: what becomes of this was never tried with a real program and service
#   #   'sentinelpassword' => nil,
#   #   ##! Number of the database. (whole number)
#   #   'db' => nil,
#   #   ##! How long connecting may take. (duration such as '10s')
#   #   'dialtimeout' => nil,
#   #   ##! How long reading may take. (duration such as '10s')
#   #   'readtimeout' => nil,
#   #   ##! How long writing may take. (duration such as '10s')
#   #   'writetimeout' => nil,
#   #   ##! TLS. (hash)
#   #   ##! distribution 2.8 and distribution 3 ignore it; the connection is not encrypted; use GitLab's registry,
#   #   ##! or a tunnel such as stunnel
#   #   ##! not run: what becomes of this was never tried with a real program and service
#   #   # 'tls' => {
#   #   #   ##! Whether it is used. (true or false)
#   #   #   'enabled' => nil,
#   #   #   ##! Whether any certificate is accepted. (true or false)
#   #   #   'insecure' => nil,
#   #   # },
#   #   ##! Connections. (hash)
#   #   # 'pool' => {
#   #   #   ##! How many may be open. (whole number)
#   #   #   'size' => nil,
#   #   #   ##! How long a connection is used. (duration such as '10s')
#   #   #   ##! distribution 2.8 ignores it; use 'idletimeout'
#   #   #   'maxlifetime' => nil,
#   #   #   ##! How long a connection may stay without work. (duration such as '10s')
#   #   #   'idletimeout' => nil,
#   #   #   ##! How many may stay open without work; distribution 2.8. (whole number)
#   #   #   ##! distribution 3 and GitLab's registry ignore it; use 'size'
#   #   #   'maxidle' => nil,
#   #   #   ##! How many may be open; distribution 2.8. (whole number)
#   #   #   ##! distribution 3 and GitLab's registry ignore it; use 'size'
#   #   #   'maxactive' => nil,
#   #   # },
#   #   ##! Whether it is used for this. (true or false)
#   #   'enabled' => nil,
#   # },
#   ##! What database load balancing remembers. (hash; since 18.3)
#   ##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
#   ##! not run: what becomes of this was never tried with a real program and service
#   # 'loadbalancing' => {
#   #   ##! host:port, or several separated by commas for Sentinel or Cluster. (string)
#   #   'addr' => nil,
#   #   ##! Name of the primary that Sentinel watches. (string)
#   #   'mainname' => nil,
#   #   ##! User. (string)
#   #   'username' => nil,
#   #   ##! Password. (secret string)
#   #   'password' => nil,
#   #   ##! Sentinel's user. (string)
#   #   'sentinelusername' => nil,
#   #   ##! Sentinel's password. (secret string)
#   #   'sentinelpassword' => nil,
#   #   ##! Number of the database. (whole number)
#   #   'db' => nil,
#   #   ##! How long connecting may take. (duration such as '10s')
#   #   'dialtimeout' => nil,
#   #   ##! How long reading may take. (duration such as '10s')
#   #   'readtimeout' => nil,
#   #   ##! How long writing may take. (duration such as '10s')
#   #   'writetimeout' => nil,
#   #   ##! TLS. (hash)
#   #   # 'tls' => {
#   #   #   ##! Whether it is used. (true or false)
#   #   #   'enabled' => nil,
#   #   #   ##! Whether any certificate is accepted. (true or false)
#   #   #   'insecure' => nil,
#   #   # },
#   #   ##! Connections. (hash)
#   #   # 'pool' => {
#   #   #   ##! How many may be open. (whole number)
#   #   #   'size' => nil,
#   #   #   ##! How long a connection is used. (duration such as '10s')
#   #   #   'maxlifetime' => nil,
#   #   #   ##! How long a connection may stay without work. (duration such as '10s')
#   #   #   'idletimeout' => nil,
#   #   #   ##! How many may stay open without work; distribution 2.8. (whole number)
#   #   #   ##! GitLab's registry ignores it; use 'size'
#   #   #   'maxidle' => nil,
#   #   #   ##! How many may be open; distribution 2.8. (whole number)
#   #   #   ##! GitLab's registry ignores it; use 'size'
#   #   #   'maxactive' => nil,
#   #   # },
#   #   ##! Whether it is used for this. (true or false)
#   #   'enabled' => nil,
#   # },
#   ##! What the rate limiter counts. (hash)
#   ##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
#   ##! not run: what becomes of this was never tried with a real program and service
#   # 'ratelimiter' => {
#   #   ##! host:port, or several separated by commas for Sentinel or Cluster. (string)
#   #   'addr' => nil,
#   #   ##! Name of the primary that Sentinel watches. (string)
#   #   'mainname' => nil,
#   #   ##! User. (string)
#   #   'username' => nil,
#   #   ##! Password. (secret string)
#   #   'password' => nil,
#   #   ##! Sentinel's user. (string)
#   #   'sentinelusername' => nil,
#   #   ##! Sentinel's password. (secret string)
#   #   'sentinelpassword' => nil,
#   #   ##! Number of the database. (whole number)
#   #   'db' => nil,
#   #   ##! How long connecting may take. (duration such as '10s')
#   #   'dialtimeout' => nil,
#   #   ##! How long reading may take. (duration such as '10s')
#   #   'readtimeout' => nil,
#   #   ##! How long writing may take. (duration such as '10s')
#   #   'writetimeout' => nil,
#   #   ##! TLS. (hash)
#   #   # 'tls' => {
#   #   #   ##! Whether it is used. (true or false)
#   #   #   'enabled' => nil,
#   #   #   ##! Whether any certificate is accepted. (true or false)
#   #   #   'insecure' => nil,
#   #   # },
#   #   ##! Connections. (hash)
#   #   # 'pool' => {
#   #   #   ##! How many may be open. (whole number)
#   #   #   'size' => nil,
#   #   #   ##! How long a connection is used. (duration such as '10s')
#   #   #   'maxlifetime' => nil,
#   #   #   ##! How long a connection may stay without work. (duration such as '10s')
#   #   #   'idletimeout' => nil,
#   #   #   ##! How many may stay open without work; distribution 2.8. (whole number)
#   #   #   ##! GitLab's registry ignores it; use 'size'
#   #   #   'maxidle' => nil,
#   #   #   ##! How many may be open; distribution 2.8. (whole number)
#   #   #   ##! GitLab's registry ignores it; use 'size'
#   #   #   'maxactive' => nil,
#   #   # },
#   #   ##! Whether it is used for this. (true or false)
#   #   'enabled' => nil,
#   # },
# }

### registry['reporting']: Errors reported elsewhere.
##! distribution 2.8 and distribution 3 ignore it; only GitLab's own registry has this
##! not run: what becomes of this was never tried with a real program and service

##! Sentry. (hash; since 18.3)
# registry['reporting']['sentry'] = {
#   ##! Whether they are. (true or false)
#   'enabled' => nil,
#   ##! Sentry's address for this registry. (secret string)
#   'dsn' => nil,
#   ##! Name of the environment. (string)
#   'environment' => nil,
# }

### registry['nginx']: The virtual host in front of the registry.

##! Whether there is a virtual host; it needs nginx['enable'] too. (true or false)
# registry['nginx']['enable'] = true

##! Whether it speaks TLS; by default when registry_external_url begins with https. (true or false)
# registry['nginx']['https'] = nil

##! Whether it speaks TLS, where that differs from the URL: false behind a proxy that ends TLS. (true or
##! false)
# registry['nginx']['listen_https'] = nil

##! The port it listens on, where that differs from the port of registry_external_url. (port)
# registry['nginx']['listen_port'] = nil

##! The addresses it listens on. (array of address)
# registry['nginx']['listen_addresses'] = ['*']

##! Its name, where that differs from the host of registry_external_url. (host name or address)
# registry['nginx']['fqdn'] = nil

##! Further names and addresses that it answers to; every other name is refused. (array of host name or
##! address)
# registry['nginx']['server_names'] = []

##! Whether / and /v2/ are answered whatever name is asked for, as a load balancer's health check does.
##! (true or false)
# registry['nginx']['health_check_by_address'] = false

##! Whether plain HTTP requests are sent to the https URL. (true or false)
# registry['nginx']['redirect_http_to_https'] = false

##! The port whose requests are sent to the https URL. (port)
# registry['nginx']['redirect_http_to_https_port'] = 80

##! Whether HTTP/2 is offered. (true or false)
# registry['nginx']['http2_enabled'] = false

##! Certificate with its chain; by default /etc/gitlab/ssl/HOST.crt. (absolute path)
# registry['nginx']['ssl_certificate'] = nil

##! Key of the certificate; by default /etc/gitlab/ssl/HOST.key. (absolute path)
# registry['nginx']['ssl_certificate_key'] = nil

##! Cipher suites up to TLS 1.2. (string)
# registry['nginx']['ssl_ciphers'] = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384'

##! Versions of TLS. (string)
# registry['nginx']['ssl_protocols'] = 'TLSv1.2 TLSv1.3'

##! Whether the server's order of cipher suites wins. ('on' or 'off')
# registry['nginx']['ssl_prefer_server_ciphers'] = 'off'

##! Cache of TLS sessions. (string)
# registry['nginx']['ssl_session_cache'] = 'shared:SSL:10m'

##! Whether sessions are resumed by tickets. ('on' or 'off')
# registry['nginx']['ssl_session_tickets'] = 'off'

##! How long a session can be resumed, in nginx's syntax. (string)
# registry['nginx']['ssl_session_timeout'] = '1d'

##! File of Diffie-Hellman parameters. (absolute path)
# registry['nginx']['ssl_dhparam'] = nil

##! Curves for ECDHE. (string)
# registry['nginx']['ssl_ecdh_curve'] = 'X25519:prime256v1:secp384r1'

##! File with the pass phrase of the key. (absolute path)
# registry['nginx']['ssl_password_file'] = nil

##! Certificates that client certificates are checked against. (absolute path)
# registry['nginx']['ssl_client_certificate'] = nil

##! Whether clients must show a certificate. ('on', 'off', 'optional' or 'optional_no_ca')
# registry['nginx']['ssl_verify_client'] = nil

##! Longest chain of a client certificate. (whole number)
# registry['nginx']['ssl_verify_depth'] = 1

##! OpenSSL configuration commands: a name, a blank and a value each. (array of string)
# registry['nginx']['ssl_conf_command'] = []

##! Seconds that browsers remember to use https; 0 leaves the header out. (whole number)
# registry['nginx']['hsts_max_age'] = 63072000

##! Whether that holds for subdomains too. (true or false)
# registry['nginx']['hsts_include_subdomains'] = false

##! Headers for the registry on top of the usual ones; nil takes a usual one away. (hash of string)
# registry['nginx']['proxy_set_headers'] = {}

##! Whether connections begin with the PROXY protocol of a load balancer. (true or false)
# registry['nginx']['proxy_protocol'] = false

##! Where the client's address is found behind a proxy. (string)
# registry['nginx']['real_ip_header'] = nil

##! Whether to look past trusted proxies for it. ('on' or 'off')
# registry['nginx']['real_ip_recursive'] = nil

##! Proxies that are believed. (array of string)
# registry['nginx']['real_ip_trusted_addresses'] = []

##! From which level errors are logged. ('debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert' or
##! 'emerg')
# registry['nginx']['error_log_level'] = 'error'

##! Directory of the access and error logs; by default nginx['log_directory']. (absolute path)
# registry['nginx']['log_directory'] = nil

##! nginx's working directory; by default nginx['dir']. (absolute path)
# registry['nginx']['dir'] = nil

##! Text that is put at the end of the server block as it is. (string of one or more lines)
# registry['nginx']['custom_gitlab_server_config'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['client_max_body_size'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['proxy_read_timeout'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['proxy_connect_timeout'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['proxy_custom_buffer_size'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['proxy_cache'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['gzip_enabled'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['gzip_comp_level'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['gzip_http_version'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['gzip_proxied'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['gzip_types'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['referrer_policy'] = nil

##! Accepted for the sake of existing files; it has no effect on the registry's vhost. (anything)
# registry['nginx']['request_buffering_off_path_regex'] = nil

### gitlab_rails: The settings of GitLab that concern the registry.

##! GitLab's working directory; gitlab.yml and by default the signing key lie in its directory etc.
##! (absolute path)
# gitlab_rails['dir'] = '/var/opt/gitlab/gitlab-rails'

##! GitLab's directory of shared files; by default images lie in its directory registry. (absolute path)
# gitlab_rails['shared_path'] = '/var/opt/gitlab/gitlab-rails/shared'

##! Whether GitLab offers a registry; may be set without one on this machine. (true or false)
# gitlab_rails['registry_enabled'] = nil

##! The registry's name as users see it; by default the host of registry_external_url. (host name or
##! address)
# gitlab_rails['registry_host'] = nil

##! The registry's port as users see it; by default the port of registry_external_url. (port)
# gitlab_rails['registry_port'] = nil

##! Where GitLab itself reaches the registry; by default http:// and registry_http_addr. (URL without user,
##! query and fragment)
# gitlab_rails['registry_api_url'] = nil

##! Where images lie when they lie in the file system. (absolute path)
# gitlab_rails['registry_path'] = nil

##! Where GitLab finds the key that it signs tokens with. (absolute path)
# gitlab_rails['registry_key_path'] = nil

##! Who signs the tokens; the same at both ends. (string)
# gitlab_rails['registry_issuer'] = 'omnibus-gitlab-issuer'

##! What the registry's notifications to GitLab are recognised by. (secret string)
# gitlab_rails['registry_notification_secret'] = nil

##! Whether new projects have a registry. (true or false)
# gitlab_rails['gitlab_default_projects_features_container_registry'] = nil

##! Whether GitLab Geo copies images to this site. (true or false)
# gitlab_rails['geo_registry_replication_enabled'] = nil

##! Where GitLab Geo reaches the primary site's registry. (URL without user, query and fragment)
# gitlab_rails['geo_registry_replication_primary_api_url'] = nil

##! Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package.
##! (string; since 19.0)
# gitlab_rails['backup_registry_user'] = nil

##! Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package.
##! (secret string; since 19.0)
# gitlab_rails['backup_registry_password'] = nil

##! Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package.
##! (string; since 19.0)
# gitlab_rails['restore_registry_user'] = nil

##! Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package.
##! (secret string; since 19.0)
# gitlab_rails['restore_registry_password'] = nil

##! Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package.
##! (hash; since 19.0)
# gitlab_rails['backup_registry'] = nil

### nginx: GitLab's nginx.

##! Whether nginx runs on this machine; by default when the registry has a virtual host. (true or false)
# nginx['enable'] = nil

##! nginx's working directory. (absolute path)
# nginx['dir'] = '/var/opt/gitlab/nginx'

##! Directory of the access and error logs. (absolute path)
# nginx['log_directory'] = '/var/log/gitlab/nginx'

##! What a line of the access log holds, with nginx's variables. (string)
# nginx['log_format'] = '$remote_addr - $remote_user [$time_local] "$request_method $uri $server_protocol" $status $body_bytes_sent "$http_user_agent" $request_length $request_time $upstream_response_time'

##! Text that is put at the end of nginx's http block as it is. (string of one or more lines)
# nginx['custom_nginx_config'] = nil

##! Bytes for a server's name; more where names are very long. (whole number from 32 to 4096)
# nginx['server_names_hash_bucket_size'] = 128

##! How many processes nginx has; auto for one a processor. (number, or 'auto')
# nginx['worker_processes'] = 'auto'

##! How many connections each of them may have. (whole number from 16)
# nginx['worker_connections'] = 10240

##! Accepted for the sake of existing files; it has no effect: nginx's version is never shown. (anything)
# nginx['hide_server_tokens'] = nil

### letsencrypt: Certificates by Let's Encrypt.

##! Whether certificates are requested; counts only when it is set. (true or false)
# letsencrypt['enable'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (array
##! of string)
# letsencrypt['contact_emails'] = []

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (account
##! name)
# letsencrypt['group'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (account
##! name)
# letsencrypt['owner'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (whole
##! number)
# letsencrypt['key_size'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. ('rsa'
##! or 'ec')
# letsencrypt['key_type'] = 'rsa'

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself.
##! ('prime256v1', 'secp384r1' or 'secp521r1')
# letsencrypt['ec_curve'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself.
##! (absolute path)
# letsencrypt['wwwroot'] = '/var/opt/gitlab/nginx/www'

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (array
##! of host name or address)
# letsencrypt['alt_names'] = []

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. ('http'
##! or 'dns')
# letsencrypt['authorization_method'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (true or
##! false)
# letsencrypt['auto_renew'] = true

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (number
##! or cron expression)
# letsencrypt['auto_renew_hour'] = '0'

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (number
##! or cron expression)
# letsencrypt['auto_renew_minute'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (number
##! or cron expression)
# letsencrypt['auto_renew_day_of_month'] = '*/4'

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself.
##! (absolute path)
# letsencrypt['auto_renew_log_directory'] = '/var/log/gitlab/lets-encrypt'

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (URL)
# letsencrypt['acme_staging_endpoint'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (URL)
# letsencrypt['acme_production_endpoint'] = nil

##! Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself. (string)
# letsencrypt['chain'] = nil

### web_server: The account of nginx's workers.

##! Its name. (account name)
# web_server['username'] = 'gitlab-www'

##! Its group. (account name)
# web_server['group'] = 'gitlab-www'

### user: The account of GitLab.

##! Its name. (account name)
# user['username'] = 'git'

##! Its group, which may read the signing key. (account name)
# user['group'] = 'git'

### logging: How logs are kept.

##! Bytes after which the registry's log is rotated. (whole number)
# logging['svlogd_size'] = 209715200

##! How many of its rotated logs are kept. (whole number)
# logging['svlogd_num'] = 30

##! Seconds after which it is rotated. (whole number)
# logging['svlogd_timeout'] = 86400

##! Program that its rotated logs go through; an empty string for none. (string)
# logging['svlogd_filter'] = 'gzip'

##! Address that its lines are sent to as well. (IPv4 address, with a port)
# logging['svlogd_udp'] = nil

##! Text before every line. (string)
# logging['svlogd_prefix'] = nil

##! A group that may read the registry's log. (account name)
# logging['log_group'] = nil

##! IPv4 address of a log server that the registry's lines are sent to, named by host and service. (IPv4
##! address)
# logging['udp_log_shipping_host'] = nil

##! Port of the log server. (port)
# logging['udp_log_shipping_port'] = 514

##! What this machine is called there; by default its host name. (string)
# logging['udp_log_shipping_hostname'] = nil

##! How often nginx's logs are rotated. ('hourly', 'daily', 'weekly', 'monthly' or 'yearly')
# logging['logrotate_frequency'] = 'daily'

##! How many of nginx's rotated logs are kept. (whole number)
# logging['logrotate_rotate'] = 30

##! Size from which nginx's logs are rotated, in place of a frequency. (size such as '200M')
# logging['logrotate_size'] = nil

##! Size from which nginx's logs are rotated before their time. (size such as '200M')
# logging['logrotate_maxsize'] = '200M'

##! Whether nginx's rotated logs are compressed. ('compress' or 'nocompress')
# logging['logrotate_compress'] = 'compress'

##! Accepted for the sake of existing files; it has no effect: nginx opens its logs again instead.
##! (anything)
# logging['logrotate_method'] = nil

##! Accepted for the sake of existing files; it has no effect: nginx opens its logs again instead.
##! (anything)
# logging['logrotate_postrotate'] = nil

##! Accepted for the sake of existing files; it has no effect: rotated logs are numbered. (anything)
# logging['logrotate_dateformat'] = nil

### manage_accounts: Accounts of the services.

##! Whether missing accounts are made; where not, a missing one is an error. (true or false)
# manage_accounts['enable'] = true

### manage_storage_directories: Directories outside of what belongs to a service.

##! Whether the directory of images is made when it is missing; where not, a missing one is an error. (true
##! or false)
# manage_storage_directories['enable'] = true

##! Whether /etc/gitlab is made when it is missing. (true or false)
# manage_storage_directories['manage_etc'] = true

### package: GitLab's package as a whole.

##! Whether missing secrets are made; where not, a missing one is an error. (true or false)
# package['generate_default_secrets'] = true

##! Whether secrets that were made are written to gitlab-secrets.json. (true or false)
# package['generate_secrets_json_file'] = true

### postgresql: GitLab's PostgreSQL.

##! Whether GitLab's package runs a PostgreSQL on this machine. (true or false)
# postgresql['enable'] = nil

##! Where it listens; the host of the metadata database when registry['database'] names none. (string)
# postgresql['listen_address'] = nil

##! Its port; that of the metadata database when registry['database'] names none. (port)
# postgresql['port'] = nil

##! The directory of its socket; the host of the metadata database when it listens nowhere else. (absolute
##! path)
# postgresql['dir'] = nil

### ctl: What Omnibus has no setting for.

##! The registry's program; nobody but root may be able to change it. (absolute path)
# ctl['registry_binary'] = '/usr/bin/docker-registry'

##! Which registry it is; by default what the program says of itself. ('distribution-2.8', 'distribution-3'
##! or 'gitlab')
# ctl['registry_flavour'] = nil

##! nginx's program; nobody but root may be able to change it. (absolute path)
# ctl['nginx_binary'] = '/usr/sbin/nginx'

##! How long a stopping registry finishes running requests. (duration such as '10s')
# ctl['drain_timeout'] = '30s'

##! Settings that are newer than this ctl, such as 'registry.new_key'; they are accepted and ignored. (array
##! of string)
# ctl['allow_unknown'] = []

##! How many generations are kept for a rollback. (whole number from 2 to 1000)
# ctl['keep_generations'] = 10

##! Where else images lie, when symlinks spread them over several disks; other links are not followed.
##! (array of absolute path)
# ctl['storage_directories'] = []
