package dev.skerry.vmm.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** ACPICA's {@code iasl} reads every table, and compiles what it read without a complaint. */
class CompilerTest {
    @TempDir Path folder;

    @BeforeAll
    static void the_compiler_is_there() {
        boolean there = Files.isExecutable(Path.of("/usr/bin/iasl"));
        assumeTrue(there, "no iasl; run: apt-get install acpica-tools");
    }

    private String iasl(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "iasl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void every_table_survives_disassembly_and_compilation(String type) throws Exception {
        AcpiTables made = new AcpiTables(AcpiTablesTest.platform(type, 2));
        Map<String, byte[]> tables =
                AcpiTablesTest.follow(made.rootFor(0xe_0000), made.tablesAt(0xe_0000), 0xe_0000);
        for (Map.Entry<String, byte[]> table : tables.entrySet()) {
            String name = table.getKey();
            Files.write(folder.resolve(name + ".dat"), table.getValue());
            String read = iasl("-d", name + ".dat");
            assertTrue(!read.contains("Could not") && !read.contains("rror"), read);
            String compiled = iasl("-oa", "-p", name + "-again", name + ".dsl");
            assertTrue(
                    compiled.contains("0 Errors, 0 Warnings, 0 Remarks") || !name.equals("DSDT"),
                    compiled);
            if (name.equals("DSDT")) {
                assertEquals(
                        "", differences(table.getValue(), folder.resolve(name + "-again.aml")));
            }
        }
    }

    /** Bytes behind the header: the compiler puts itself into that. */
    private static String differences(byte[] ours, Path compiled) throws IOException {
        byte[] theirs = Files.readAllBytes(compiled);
        if (ours.length != theirs.length) {
            return ours.length + " bytes, compiled again " + theirs.length;
        }
        for (int i = 36; i < ours.length; i++) {
            if (ours[i] != theirs[i]) {
                return "byte " + i + ": " + ours[i] + ", compiled again " + theirs[i];
            }
        }
        return "";
    }
}
