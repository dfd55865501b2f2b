package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.GuestMemory;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/** Makes a class of a candidate. Safe for use by many threads. */
final class Compiler {
    /**
     * HotSpot does not compile methods longer than 8,000 bytes. Nor does its optimizing compiler inline
     * more once a method and all inlined into it have as many: a larger region's memory accesses would
     * mostly be calls. By measurement.
     */
    static final int MOST_CODE_BYTES = 2000;

    private static final String NAME = "dev.skerry.execution.x86.translator.Code";
    private static final ClassDesc SELF = ClassDesc.of(NAME);
    private static final ClassDesc OBJECTS = CD_Object.arrayType();
    private static final ClassDesc LOOKUP = Names.of(MethodHandles.Lookup.class);
    private static final ClassDesc HANDLES = Names.of(MethodHandles.class);

    /** What comes before the instructions in the class data. */
    private static final int CONSTANTS = 2;

    private final GuestMemory memory;

    Compiler(GuestMemory memory) {
        this.memory = memory;
    }

    /** A class file, and what its class needs to know besides. */
    record Compiled(byte[] bytes, Plan plan, Sites sites, List<Insn> called, int codeBytes) {}

    /**
     * The largest part of a candidate that is small enough, as a class file.
     *
     * @param missesLeave whether it is left where an address is not in the TLB
     */
    static Compiled compile(Candidate candidate, boolean missesLeave) {
        int most = candidate.nodes().size();
        while (true) {
            Compiled made = compile(candidate.plan(most), missesLeave);
            if (made.codeBytes <= MOST_CODE_BYTES || most == 1) {
                return made;
            }
            most = Math.max(1, Math.min(most - 1, most * MOST_CODE_BYTES / made.codeBytes));
        }
    }

    static Compiled compile(Plan plan, boolean missesLeave) {
        Sites sites = new Sites();
        List<Insn> called = new ArrayList<>();
        byte[] bytes =
                ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG)
                        .build(SELF, cb -> put(cb, plan, sites, called, missesLeave));
        return new Compiled(bytes, plan, sites, called, codeBytes(bytes));
    }

    private static int codeBytes(byte[] bytes) {
        return ClassFile.of().parse(bytes).methods().stream()
                .filter(method -> method.methodName().equalsString("run"))
                .mapToInt(
                        method ->
                                method.findAttribute(Attributes.code()).orElseThrow().codeLength())
                .sum();
    }

    private static void put(
            ClassBuilder cb, Plan plan, Sites sites, List<Insn> called, boolean missesLeave) {
        cb.withFlags(ClassFile.ACC_FINAL).withSuperclass(Names.REGION);
        cb.withMethodBody(
                "run",
                Names.RUN,
                0,
                code -> {
                    // Built anew if jumps turn out to be long.
                    called.clear();
                    sites.clear();
                    new RegionCode(code, plan, SELF, sites, called, missesLeave).put();
                });
        cb.withMethodBody(
                ConstantDescs.INIT_NAME,
                ConstantDescs.MTD_void,
                0,
                code ->
                        code.aload(0)
                                .invokespecial(
                                        Names.REGION,
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void)
                                .return_());
        cb.withField(
                MemoryCode.WINDOW_FIELD, Names.WINDOW, ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
        cb.withField(
                MemoryCode.TABLE_FIELD, Names.LONGS, ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
        for (int i = 0; i < called.size(); i++) {
            cb.withField(
                    RegionCode.insnField(i),
                    Names.INSN,
                    ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
        }
        cb.withMethodBody(
                ConstantDescs.CLASS_INIT_NAME,
                ConstantDescs.MTD_void,
                ClassFile.ACC_STATIC,
                code -> putConstants(code, called.size()));
    }

    /** Constants for the JVM's compiler are static final fields, filled from the class data. */
    private static void putConstants(CodeBuilder cb, int instructions) {
        cb.invokestatic(HANDLES, "lookup", Names.type(LOOKUP));
        cb.loadConstant(ConstantDescs.DEFAULT_NAME).loadConstant(OBJECTS);
        cb.invokestatic(HANDLES, "classData", Names.type(CD_Object, LOOKUP, CD_String, CD_Class));
        cb.checkcast(OBJECTS).astore(0);
        cb.aload(0).iconst_0().aaload().checkcast(Names.WINDOW);
        cb.putstatic(SELF, MemoryCode.WINDOW_FIELD, Names.WINDOW);
        cb.aload(0).iconst_1().aaload().checkcast(Names.LONGS);
        cb.putstatic(SELF, MemoryCode.TABLE_FIELD, Names.LONGS);
        for (int i = 0; i < instructions; i++) {
            cb.aload(0).loadConstant(i + CONSTANTS).aaload().checkcast(Names.INSN);
            cb.putstatic(SELF, RegionCode.insnField(i), Names.INSN);
        }
        cb.return_();
    }

    /** Makes a region of a class file. */
    Region load(Compiled compiled) {
        Object[] constants = new Object[CONSTANTS + compiled.called.size()];
        constants[0] = memory.window();
        constants[1] = memory.tlbs().entries();
        for (int i = CONSTANTS; i < constants.length; i++) {
            constants[i] = compiled.called.get(i - CONSTANTS);
        }
        try {
            MethodHandles.Lookup made =
                    MethodHandles.lookup()
                            .defineHiddenClassWithClassData(compiled.bytes, constants, true);
            Region region =
                    (Region)
                            made.findConstructor(
                                            made.lookupClass(), MethodType.methodType(void.class))
                                    .invoke();
            region.complete(compiled.plan, compiled.sites);
            return region;
        } catch (RuntimeException | Error broken) {
            throw broken;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
