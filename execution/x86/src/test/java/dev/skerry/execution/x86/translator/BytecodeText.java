package dev.skerry.execution.x86.translator;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A method's bytecode to be read and compared: an instruction a line, labels by number. */
final class BytecodeText {
    private final Map<Label, String> labels = new LinkedHashMap<>();

    private BytecodeText() {}

    /** Of the method {@code run} of a class file. */
    static String of(byte[] classFile) {
        MethodModel run =
                ClassFile.of().parse(classFile).methods().stream()
                        .filter(method -> method.methodName().equalsString("run"))
                        .findFirst()
                        .orElseThrow();
        BytecodeText text = new BytecodeText();
        StringBuilder lines = new StringBuilder();
        for (CodeElement element : run.code().orElseThrow()) {
            String line = text.line(element);
            if (line != null) {
                lines.append(line).append('\n');
            }
        }
        return lines.toString();
    }

    private String name(Label label) {
        return labels.computeIfAbsent(label, l -> "L" + labels.size());
    }

    private String line(CodeElement element) {
        if (element instanceof LabelTarget target) {
            return name(target.label()) + ":";
        }
        if (!(element instanceof Instruction instruction)) {
            return null;
        }
        String operation = "  " + instruction.opcode().name().toLowerCase(Locale.ROOT);
        return switch (instruction) {
            case BranchInstruction branch -> operation + " " + name(branch.target());
            case FieldInstruction field -> operation + " " + field.name().stringValue();
            case InvokeInstruction call ->
                    operation
                            + " "
                            + call.owner().asInternalName().replaceAll(".*/", "")
                            + "."
                            + call.name().stringValue();
            case LoadInstruction load -> named(operation, load.slot());
            case StoreInstruction store -> named(operation, store.slot());
            case IncrementInstruction step -> operation + " " + step.slot();
            case ConstantInstruction constant -> operation + " " + constant.constantValue();
            default -> operation;
        };
    }

    private static String named(String operation, int slot) {
        return operation.replaceAll("_\\d$", "") + " " + slot;
    }
}
