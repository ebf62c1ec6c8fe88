import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;

/**
 * Java's clients: GET, then POST on the same kept connection, for each line of stdin.
 * A line is {@code INDEX ORIGIN CONNECTION PATH BYTES}; what is told is
 * {@code INDEX STATUS CODE RETRY-AFTER COMPLAINT BODY}, separated by tabs, the body in base64.
 */
public class Clients {
  record Job(String index, String origin, String path, int size) {}

  interface Client {
    void run(Job job) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("sun.net.http.allowRestrictedHeaders", "true");
    Map<String, List<Job>> jobs = new LinkedHashMap<>();
    Scanner lines = new Scanner(System.in);
    while (lines.hasNextLine()) {
      String[] words = lines.nextLine().split(" ");
      Job job = new Job(words[0], words[1], words[3], Integer.parseInt(words[4]));
      jobs.computeIfAbsent(words[1] + words[2], connection -> new ArrayList<>()).add(job);
    }
    List<Thread> threads = new ArrayList<>();
    for (List<Job> own : jobs.values()) {
      Client client = args[0].equals("HttpClient") ? createHttpClient() : Clients::withConnection;
      Thread thread = new Thread(() -> runAll(client, own));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) thread.join();
    System.out.flush();
    System.exit(0);
  }

  static void runAll(Client client, List<Job> jobs) {
    for (Job job : jobs) {
      try {
        client.run(job);
      } catch (Exception error) {
        tell(job, 0, null, null, new byte[0], error);
      }
    }
  }

  static void withConnection(Job job) throws IOException {
    HttpURLConnection warm = open(job.origin() + "/warm");
    warm.getInputStream().readAllBytes();
    HttpURLConnection post = open(job.origin() + job.path());
    post.setDoOutput(true);
    post.getOutputStream().write(new byte[job.size()]);
    int status = post.getResponseCode();
    String code = post.getHeaderField("x-tailer-proxy-error");
    String retryAfter = post.getHeaderField("retry-after");
    try (InputStream in = status < 400 ? post.getInputStream() : post.getErrorStream()) {
      byte[] body = in == null ? new byte[0] : in.readAllBytes();
      // It does not complain by itself, but says what was announced.
      boolean isShort = body.length < post.getContentLengthLong();
      IOException error = isShort ? new IOException("less than announced") : null;
      tell(job, status, code, retryAfter, body, error);
    } catch (IOException error) {
      tell(job, status, code, retryAfter, new byte[0], error);
    }
  }

  static HttpURLConnection open(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setReadTimeout(30_000);
    return connection;
  }

  static Client createHttpClient() {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    return job -> {
      HttpRequest warm = HttpRequest.newBuilder(URI.create(job.origin() + "/warm")).build();
      client.send(warm, HttpResponse.BodyHandlers.ofByteArray());
      HttpRequest post = HttpRequest.newBuilder(URI.create(job.origin() + job.path()))
          .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[job.size()]))
          .build();
      HttpResponse<InputStream> response =
          client.send(post, HttpResponse.BodyHandlers.ofInputStream());
      String code = response.headers().firstValue("x-tailer-proxy-error").orElse(null);
      String retryAfter = response.headers().firstValue("retry-after").orElse(null);
      try (InputStream in = response.body()) {
        tell(job, response.statusCode(), code, retryAfter, in.readAllBytes(), null);
      } catch (IOException error) {
        tell(job, response.statusCode(), code, retryAfter, new byte[0], error);
      }
    };
  }

  static synchronized void tell(
      Job job, int status, String code, String retryAfter, byte[] body, Exception error) {
    String complaint = error == null ? "" : error.toString().replaceAll("\\s", " ");
    System.out.println(String.join("\t",
        job.index(),
        String.valueOf(status),
        code == null ? "" : code,
        retryAfter == null ? "" : retryAfter,
        complaint,
        Base64.getEncoder().encodeToString(body)));
  }
}
