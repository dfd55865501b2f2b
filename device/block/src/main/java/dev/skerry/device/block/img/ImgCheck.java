package dev.skerry.device.block.img;

import dev.skerry.device.block.ImageTools;

import java.io.IOException;
import java.io.PrintStream;

/** {@code check [-q] [-f FMT] [-U] [-r leaks|all] [--output=human|json] FILE}. */
final class ImgCheck {
    private static final int ERRORS = 2;
    private static final int LEAKS = 3;
    private static final int NOT_SUPPORTED = 63;

    private ImgCheck() {}

    static int run(String[] args, PrintStream out, PrintStream err) throws ImgException {
        ImgArguments arguments = new ImgArguments(args, 1, "qU:fr");
        if (arguments.names().size() != 1) {
            throw ImgException.usage("Expecting one image file name");
        }
        String file = arguments.names().get(0);
        String repair = arguments.get("r");
        if (repair != null && !repair.equals("leaks") && !repair.equals("all")) {
            throw ImgException.usage("--repair expects 'leaks' or 'all'");
        }
        boolean json = arguments.json();
        ImageTools.CheckReport report;
        try {
            String format = arguments.format("f");
            if (format == null) {
                format = ImageTools.info(file, null, !arguments.has("U")).shape().format();
            }
            if (format.equals("raw")) {
                throw new ImgException("This image format does not support checks", NOT_SUPPORTED);
            }
            report =
                    ImageTools.check(
                            file, !arguments.has("U"), repair != null, "all".equals(repair));
        } catch (IOException e) {
            throw ImgCommand.notOpened(file, e, 1);
        }
        if (json) {
            json(file, report, out);
        } else if (!arguments.has("q")) {
            report.messages().forEach(err::println);
            human(report, out);
        }
        return report.errors() > 0 ? ERRORS : report.leaks() > 0 ? LEAKS : 0;
    }

    private static void human(ImageTools.CheckReport report, PrintStream out) {
        if (report.repaired()) {
            out.println("The following inconsistencies were found and repaired:\n");
            out.println("    " + report.leaksFixed() + " leaked clusters");
            out.println("    " + report.errorsFixed() + " corruptions\n");
            out.println("Double checking the fixed image now...");
        }
        if (report.errors() + report.leaks() == 0) {
            out.println("No errors were found on the image.");
        }
        if (report.errors() > 0) {
            out.println("\n" + report.errors() + " errors were found on the image.");
            out.println("Data may be corrupted, or further writes to the image may corrupt it.");
        }
        if (report.leaks() > 0) {
            out.println("\n" + report.leaks() + " leaked clusters were found on the image.");
            out.println("This means waste of disk space, but no harm to data.");
        }
        if (report.total() > 0 && report.allocated() > 0) {
            double allocated = report.allocated();
            out.println(
                    report.allocated()
                            + "/"
                            + report.total()
                            + " = "
                            + ImgCommand.fixed(allocated * 100 / report.total(), 2)
                            + "% allocated, "
                            + ImgCommand.fixed(report.fragmented() * 100 / allocated, 2)
                            + "% fragmented, "
                            + ImgCommand.fixed(report.compressed() * 100 / allocated, 2)
                            + "% compressed clusters");
        }
        out.println("Image end offset: " + report.endOffsetBytes());
    }

    private static void json(String file, ImageTools.CheckReport report, PrintStream out) {
        out.println("{");
        out.println("    \"image-end-offset\": " + report.endOffsetBytes() + ",");
        out.println("    \"total-clusters\": " + report.total() + ",");
        out.println("    \"check-errors\": 0,");
        number("corruptions", report.errors(), out);
        number("leaks", report.leaks(), out);
        number("corruptions-fixed", report.errorsFixed(), out);
        number("leaks-fixed", report.leaksFixed(), out);
        number("allocated-clusters", report.allocated(), out);
        number("fragmented-clusters", report.fragmented(), out);
        number("compressed-clusters", report.compressed(), out);
        out.println("    \"filename\": " + ImgCommand.quote(file) + ",");
        out.println("    \"format\": \"qcow2\"");
        out.println("}");
    }

    private static void number(String key, long value, PrintStream out) {
        if (value != 0) {
            out.println("    \"" + key + "\": " + value + ",");
        }
    }
}
