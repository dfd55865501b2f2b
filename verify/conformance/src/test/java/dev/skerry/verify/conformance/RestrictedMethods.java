package dev.skerry.verify.conformance;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The methods of the JDK that only a module with native access may call: those it annotates so.
 * References are looked for in constant pools, so that no way to write the call escapes.
 *
 * @param names owner and name, such as {@code java/lang/System.load}
 */
record RestrictedMethods(Set<String> names) {
    private static final String ANNOTATION = "Ljdk/internal/javac/Restricted;";

    /** Those of this JDK. */
    static RestrictedMethods ofThisJdk() throws IOException {
        Path base = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base");
        Set<String> names = new HashSet<>();
        for (ClassModel type : classes(base.resolve("java/lang"))) {
            for (MethodModel method : type.methods()) {
                if (isRestricted(method)) {
                    names.add(type.thisClass().asInternalName() + "." + method.methodName());
                }
            }
        }
        for (String known : List.of("foreign/Linker.downcallHandle", "System.load")) {
            if (!names.contains("java/lang/" + known)) {
                throw new AssertionError(known + " is not among " + names);
            }
        }
        return new RestrictedMethods(names);
    }

    private static boolean isRestricted(MethodModel method) {
        return method.attributes().stream()
                .filter(RuntimeVisibleAnnotationsAttribute.class::isInstance)
                .map(RuntimeVisibleAnnotationsAttribute.class::cast)
                .flatMap(annotations -> annotations.annotations().stream())
                .anyMatch(annotation -> annotation.className().equalsString(ANNOTATION));
    }

    private static List<ClassModel> classes(Path folder) throws IOException {
        List<ClassModel> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                classes.add(ClassFile.of().parse(Files.readAllBytes(file)));
            }
        }
        return classes;
    }

    /** Who uses what, in a folder of classes. */
    List<String> usedBy(Path folder) throws IOException {
        List<String> used = new ArrayList<>();
        for (ClassModel type : classes(folder)) {
            for (PoolEntry entry : type.constantPool()) {
                if (entry instanceof MemberRefEntry member && names.contains(name(member))) {
                    used.add(type.thisClass().asInternalName() + " uses " + name(member));
                }
            }
        }
        return used;
    }

    private static String name(MemberRefEntry member) {
        return member.owner().asInternalName() + "." + member.name();
    }

    /** Native methods declared in a folder of classes. */
    static List<String> nativeMethodsOf(Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        for (ClassModel type : classes(folder)) {
            for (MethodModel method : type.methods()) {
                if (method.flags().has(AccessFlag.NATIVE)) {
                    found.add(type.thisClass().asInternalName() + "." + method.methodName());
                }
            }
        }
        return found;
    }
}
