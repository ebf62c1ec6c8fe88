# Net::HTTP of Ruby: GET, then POST on the same kept connection, for each line of stdin.
#
# Lines are those of clients.py.

require 'net/http'

TIMEOUT = 30
TELL_LOCK = Mutex.new

def tell(index, status, fields, body, complaint)
  columns = [
    index, status, fields['x-tailer-proxy-error'], fields['retry-after'],
    complaint.gsub(/[\t\n]/, ' '), [body].pack('m0')
  ]
  TELL_LOCK.synchronize { $stdout.syswrite("#{columns.join("\t")}\n") }
end

def run(origin, jobs)
  uri = URI(origin)
  http = Net::HTTP.new(uri.host, uri.port)
  http.open_timeout = http.read_timeout = TIMEOUT
  jobs.each do |index, path, size|
    http.start unless http.started?
    http.get('/warm')
    status = 0
    fields = {}
    body = ''.b
    begin
      request = Net::HTTP::Post.new(path)
      request.body = 'b' * size
      http.request(request) do |response|
        status = response.code
        fields = response
        response.read_body { |part| body << part }
      end
      tell(index, status, fields, body, '')
    rescue StandardError => e
      tell(index, status, fields, '', "#{e.class}: #{e.message}")
      http.finish if http.started?
    end
  end
end

jobs = $stdin.each_line.map(&:split).group_by { |_, origin, connection| [origin, connection] }
threads = jobs.map do |(origin, _), own|
  Thread.new { run(origin, own.map { |index, _, _, path, size| [index, path, size.to_i] }) }
end
threads.each(&:join)
