# Evaluates settings files with real Ruby, as Omnibus does: Mixlib::Config in strict mode, hashes that make
# themselves. Reads a JSON object from stdin, { roots, files, environment, cases }, and writes a JSON list:
# for each case the settings, or the class of what was raised.
require 'json'
require 'yaml'
require 'timeout'
require 'stringio'
require 'mixlib/config'
require 'chef-utils'
require 'chef-utils/mash'

class Vivid < ChefUtils::Mash
  def [](key)
    value = super
    return value if key?(key)
    self[key] = self.class.new({})
    super
  end

  def convert_value(value)
    return value if value.instance_of?(Vivid)
    return Vivid.new(value) if value.instance_of?(Hash)
    super
  end
end

def encoded(value)
  case value
  when nil, true, false then value
  when Integer then { i: value.to_s }
  when Float then { f: value.nan? ? 'nan' : value.infinite? ? "inf#{value <=> 0}" : format('%.17g', value) }
  when String then value.dup.force_encoding('UTF-8').valid_encoding? ? value.dup.force_encoding('UTF-8') : { o: 'bytes' }
  when Symbol then { s: value.to_s }
  when Array then value.map { |item| encoded(item) }
  when Hash then { h: value.map { |key, item| [encoded(key), encoded(item)] } }
  else { o: value.class.to_s }
  end
end

given = JSON.parse($stdin.read)
FILES = given['files']
File.singleton_class.prepend(Module.new do
  def read(path, *rest)
    FILES.fetch(path) { raise Errno::ENOENT, path }
  end

  def exist?(path)
    FILES.key?(path)
  end
  alias_method :exists?, :exist?

  def readlines(path, **options)
    read(path).lines(**options)
  end
end)
Dir.singleton_class.prepend(Module.new do
  def glob(*patterns)
    found = patterns.flatten.flat_map { |one| FILES.keys.sort.select { |path| File.fnmatch(one, path, File::FNM_PATHNAME) } }
    return found unless block_given?
    found.each { |path| yield path }
    nil
  end

  def [](*patterns)
    glob(*patterns)
  end
end)
IO.singleton_class.prepend(Module.new do
  def read(path, *rest)
    File.read(path, *rest)
  end
end)
[[Psych, :load_file, :load], [Psych, :safe_load_file, :safe_load], [JSON, :load_file, :parse]].each do |owner, name, text|
  owner.singleton_class.prepend(Module.new do
    define_method(name) { |path, **options| owner.public_send(text, File.read(path), **options) }
  end)
end
Kernel.prepend(Module.new do
  def `(command)
    raise 'no' unless command == 'hostname'
    "host\n"
  end
end)

def outcome(text, roots)
  config = Module.new
  config.extend(Mixlib::Config)
  defaults = roots.to_h { |name| [name, name.end_with?('_url') || name == 'roles' ? nil : Vivid.new({})] }
  defaults['node'] = { 'fqdn' => 'host.example.com', 'hostname' => 'host' }
  defaults.each { |name, value| config[name.to_sym] = value }
  config.config_strict_mode(true)
  config.define_singleton_method(:from_file) { |path| instance_eval(File.read(path), path, 1) }
  # What Omnibus adds: a name that is known may be set although the mode is strict.
  config.define_singleton_method(:internal_set) do |symbol, value|
    configuration.key?(symbol) ? configuration[symbol] = value : super(symbol, value)
  end
  config.define_singleton_method(:internal_get) do |symbol|
    configuration.key?(symbol) ? configuration[symbol] : super(symbol)
  end
  Object.send(:remove_const, :Gitlab) if Object.const_defined?(:Gitlab)
  Object.const_set(:Gitlab, config)
  Timeout.timeout(5) { config.instance_eval(text, 'gitlab.rb', 1) }
  settings = config.configuration.reject { |name, value| name == :node || value.nil? || value == {} }
  { settings: settings.map { |name, value| [name.to_s, encoded(value)] } }
rescue Exception => error # rubocop:disable Lint/RescueException
  raise if error.is_a?(Interrupt)
  { error: error.class.to_s, message: error.message.to_s[0, 200].scrub }
end

$VERBOSE = nil
screen, $stdout, $stderr = $stdout, StringIO.new, StringIO.new
results = given['cases'].map do |text|
  ENV.replace(given['environment'])
  outcome(text, given['roots'])
end
$stdout = screen
puts JSON.generate(results)
