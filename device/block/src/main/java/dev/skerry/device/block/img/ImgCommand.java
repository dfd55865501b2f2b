package dev.skerry.device.block.img;

import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.DriveOptions;
import dev.skerry.device.block.ImageException;
import dev.skerry.device.block.Images;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * The image commands, in qemu-img's syntax and with its output and exit status, errors apart, which
 * begin with {@code skerry img:}: {@code create, info,
 * check, convert, resize, compare, snapshot -l}.
 */
public final class ImgCommand {
    /** What messages begin with: how a user calls it. */
    static final String PROGRAM = "skerry img";

    private ImgCommand() {}

    /**
     * Runs one command.
     *
     * @param args its name and arguments
     * @return the process' exit status, as qemu-img's
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        String name = args.length == 0 ? "" : args[0];
        try {
            return switch (name) {
                case "create" -> ImgCreate.run(args, out);
                case "info" -> ImgInfo.run(args, out);
                case "check" -> ImgCheck.run(args, out, err);
                case "convert" -> ImgConvert.run(args, out);
                case "resize" -> ImgResize.run(args, out, err);
                case "compare" -> ImgCompare.run(args, out);
                case "snapshot" -> ImgInfo.snapshot(args, out);
                case "" -> throw ImgException.usage("Not enough arguments");
                default -> throw ImgException.usage("Command not found: " + name);
            };
        } catch (ImgException e) {
            err.println(PROGRAM + ": " + e.getMessage());
            return e.status();
        } catch (IOException e) {
            err.println(PROGRAM + ": " + e.getMessage());
            return name.equals("compare") ? 2 : 1;
        }
    }

    /** Opens an image as qemu-img says that it cannot. */
    static BlockImage open(String file, String format, boolean readOnly) throws ImgException {
        Log log = Log.of(new LogSink("img", 0, OutputStream.nullOutputStream(), Level.ERROR));
        try {
            return Images.ofHost(log).open(DriveOptions.of(file, format, readOnly).withUnmap());
        } catch (IOException e) {
            throw notOpened(file, e, 1);
        }
    }

    static ImgException notOpened(String file, IOException e, int status) {
        String reason = e.getMessage();
        if (e instanceof LinuxException linux) {
            String text = linux.errno().toString();
            String plain = text.substring(text.indexOf(", ") + 2);
            reason =
                    "Could not open '"
                            + file
                            + "': "
                            + Character.toUpperCase(plain.charAt(0))
                            + plain.substring(1);
        } else if (e instanceof ImageException && reason.startsWith(file + ": ")) {
            reason = reason.substring(file.length() + 2);
        }
        return new ImgException("Could not open '" + file + "': " + reason, status);
    }

    /** A size for people: three digits and a unit of 1024. */
    static String size(long bytes) {
        String[] units = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit + 1 < units.length) {
            value /= 1024;
            unit++;
        }
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        String text = fixed(value, decimals);
        if (text.contains(".")) {
            text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
        }
        return text + " " + units[unit] + "B";
    }

    /** A number as C prints it: an exact half goes to the even digit. */
    static String fixed(double value, int decimals) {
        return new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    }

    /** A text as JSON writes it. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
