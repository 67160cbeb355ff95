import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * quoted --ready-fd N: the last price of each symbol, in memory. It serves on the listening socket that is
 * its descriptor 0, which is how Java takes one; its protocol is lines of text:
 *
 * <pre>
 *     PRICE ACME 10.50     OK
 *     QUOTE ACME           ACME 10.50, or UNKNOWN ACME
 *     anything else        ERROR and what was expected
 * </pre>
 *
 * It ends with 0 on SIGTERM, with 1 if it cannot serve, with 2 if it is started wrongly.
 */
public final class Quoted {
  private static final Pattern PRICE = Pattern.compile("PRICE ([A-Z]{1,8}) (\\d{1,9}\\.\\d\\d)");
  private static final Pattern QUOTE = Pattern.compile("QUOTE ([A-Z]{1,8})");

  private final Map<String, String> prices = new ConcurrentHashMap<>();

  public static void main(String[] arguments) {
    if (arguments.length != 2 || !arguments[0].equals("--ready-fd")) {
      fail(2, "usage: quoted --ready-fd N, with a listening socket as descriptor 0");
    }
    try {
      Channel channel = System.inheritedChannel();
      if (!(channel instanceof ServerSocketChannel)) {
        fail(2, "descriptor 0 is no listening socket");
      }
      // A virtual machine that is asked to stop exits with 143 otherwise.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
      sayReady(arguments[1]);
      new Quoted().serve((ServerSocketChannel) channel);
    } catch (IOException error) {
      error.printStackTrace();
      fail(1, "cannot serve");
    }
  }

  private static void fail(int status, String why) {
    System.err.println("quoted: " + why);
    System.err.flush();
    Runtime.getRuntime().halt(status);
  }

  private static void sayReady(String descriptor) throws IOException {
    try (FileOutputStream ready = new FileOutputStream("/proc/self/fd/" + descriptor)) {
      ready.write('\n');
    }
  }

  private void serve(ServerSocketChannel listening) throws IOException {
    while (true) {
      SocketChannel connection = listening.accept();
      Thread thread = new Thread(() -> answerAll(connection), "connection");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void answerAll(SocketChannel connection) {
    try (connection;
        BufferedReader lines =
            new BufferedReader(Channels.newReader(connection, StandardCharsets.US_ASCII));
        PrintWriter answers =
            new PrintWriter(Channels.newWriter(connection, StandardCharsets.US_ASCII), false)) {
      for (String line; (line = lines.readLine()) != null; ) {
        answers.print(answer(line) + "\n");
        answers.flush();
      }
    } catch (IOException error) {
      System.err.println("quoted: a connection ended: " + error.getMessage());
    }
  }

  private String answer(String line) {
    Matcher price = PRICE.matcher(line);
    if (price.matches()) {
      prices.put(price.group(1), price.group(2));
      return "OK";
    }
    Matcher quote = QUOTE.matcher(line);
    if (!quote.matches()) return "ERROR expected PRICE SYMBOL 0.00 or QUOTE SYMBOL";
    String symbol = quote.group(1);
    String last = prices.get(symbol);
    return last == null ? "UNKNOWN " + symbol : symbol + " " + last;
  }
}
