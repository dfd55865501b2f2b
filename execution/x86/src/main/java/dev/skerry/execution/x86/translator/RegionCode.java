package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.List;

/**
 * The code of a region: the registers into variables, the blocks, and the ways out, on which the
 * variables are written back. One handler does so when anything is thrown.
 */
final class RegionCode {
    private final CodeBuilder cb;
    private final Plan plan;
    private final ClassDesc self;
    private final Frame frame;
    private final FlagCode flags;
    private final MemoryCode memory;
    private final InsnCode insns;
    private final VectorCode vectors;
    private final Exits exits;
    private final Sites sites;
    private final List<Insn> called;
    private final Label[] labels;
    private Plan.Node node;

    /**
     * @param sites gets what may fault
     * @param called gets the instructions that calls of semantics are about
     */
    RegionCode(CodeBuilder cb, Plan plan, ClassDesc self, Sites sites, List<Insn> called) {
        this.cb = cb;
        this.plan = plan;
        this.self = self;
        this.sites = sites;
        this.called = called;
        frame = new Frame(cb);
        flags = new FlagCode(cb);
        memory = new MemoryCode(frame, self);
        insns = new InsnCode(frame, flags, memory);
        vectors = new VectorCode(frame, flags, memory);
        exits = new Exits(cb);
        labels = new Label[plan.nodes().size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = cb.newLabel();
        }
    }

    void put() {
        int used = 0;
        int written = 0;
        for (Plan.Node each : plan.nodes()) {
            for (int i = 0; i < each.count; i++) {
                Insn in = each.block.instructions[i];
                written |= Usage.writes(in);
                used |= Usage.reads(in);
            }
        }
        used |= written;
        Label real = cb.newLabel();
        cb.aload(Frame.CORE).ifnonnull(real).return_().labelBinding(real);
        frame.open(used);
        frame.openVectors();
        Label begin = cb.newLabel();
        Label end = cb.newLabel();
        Label handler = cb.newLabel();
        cb.labelBinding(begin);
        for (Plan.Node each : plan.nodes()) {
            node = each;
            block();
        }
        exits.put(frame);
        cb.labelBinding(end);
        cb.aload(Frame.STATE).lload(Frame.RIP).putfield(Names.STATE, "rip", CD_long);
        frame.storeRegisters(written);
        frame.storeFlags();
        exits.count();
        cb.return_();
        cb.exceptionCatchAll(begin, end, handler);
        cb.labelBinding(handler);
        frame.storeRegisters(written);
        frame.storeFlags();
        cb.aload(Frame.THIS).aload(Frame.STATE).lload(Frame.BASE);
        cb.iload(Frame.SITE).lload(Frame.DONE);
        cb.invokevirtual(Names.REGION, "thrown", Names.THROWN).athrow();
    }

    private void block() {
        cb.labelBinding(labels[node.index]);
        cb.lload(Frame.DONE).loadConstant((long) node.count).ladd().lstore(Frame.DONE);
        flags.forget();
        vectors.begin();
        boolean[] needed = neededFlags(node);
        int at = node.distance;
        for (int i = 0; i < node.count; i++) {
            Insn in = node.block.instructions[i];
            int next = at + in.length;
            Usage.Way way = Usage.way(in);
            if (Usage.mayFault(in, way)) {
                cb.loadConstant(sites.add(at, node.count - i)).istore(Frame.SITE);
            }
            flags.setNeeded(needed[i]);
            switch (way) {
                case INLINE -> {
                    Label changed = changed(in, way, next, i);
                    if (in.op == Op.SSE) {
                        vectors.put(in, next, changed);
                    } else {
                        insns.put(in, next, changed);
                    }
                }
                case CALL -> {
                    boolean stops = Usage.isRepeatedString(in);
                    Label again = stops ? exits.exit(at, node.count - i - 1) : null;
                    call(in, next, changed(in, way, next, i), again);
                }
                default -> transfer(in, next);
            }
            at = next;
        }
        if (node.last() == null || node.last().op != Op.JCC && node.fallsThrough()) {
            go(at);
        }
    }

    private Label changed(Insn in, Usage.Way way, int next, int i) {
        return Usage.mayStore(in, way) ? exits.exit(next, node.count - i - 1) : null;
    }

    /** For each instruction, whether anybody may see the flags it sets before others are set. */
    private static boolean[] neededFlags(Plan.Node node) {
        boolean[] needed = new boolean[node.count];
        boolean live = true;
        for (int i = node.count - 1; i >= 0; i--) {
            Insn in = node.block.instructions[i];
            Usage.Way way = Usage.way(in);
            live |= Usage.mayStore(in, way);
            needed[i] = live;
            if (Usage.writesFlags(in)) {
                live = false;
            }
            boolean looks = needed[i] || !Usage.needsFlagsForFlags(in, way);
            live |= looks && Usage.needsFlags(in, way) || Usage.mayFault(in, way);
        }
        return needed;
    }

    /**
     * Calls an instruction's semantics, with the state as it expects it.
     *
     * @param changed where to go if that has changed code, or null if it cannot
     * @param again where to go if the instruction is to go on with itself, or null if it never is
     */
    private void call(Insn in, int next, Label changed, Label again) {
        int mask = Usage.reads(in) | Usage.writes(in);
        frame.storeRegisters(mask);
        boolean writesFlags = Usage.writesFlags(in);
        if (writesFlags || Usage.needsFlags(in, Usage.Way.CALL)) {
            frame.storeFlags();
        }
        cb.aload(Frame.STATE);
        frame.place(next);
        cb.putfield(Names.STATE, "rip", CD_long);
        cb.aload(Frame.CORE).getstatic(self, insnField(called.size()), Names.INSN);
        called.add(in);
        cb.invokestatic(Names.DISPATCH, "execute", Names.EXECUTE);
        frame.loadRegisters(Usage.writes(in));
        if (writesFlags) {
            frame.loadFlags();
            flags.forget();
        }
        if (again != null) {
            leaveUnlessDone(next, again);
        }
        if (changed != null) {
            cb.aload(Frame.MMU).getfield(Names.MMU, "codeChanged", CD_boolean).ifne(changed);
        }
    }

    /** Leaves if an instruction is to go on with itself. */
    private void leaveUnlessDone(int next, Label again) {
        cb.aload(Frame.STATE).getfield(Names.STATE, "rip", CD_long);
        frame.place(next);
        cb.lcmp().ifne(again);
    }

    static String insnField(int n) {
        return "I" + n;
    }

    private void transfer(Insn in, int next) {
        switch (in.op) {
            case JCC -> {
                flags.jump(in.condition, destination(node.target()));
                go(next);
            }
            case JMP -> {
                if (in.form == Form.I) {
                    go(node.target());
                } else {
                    insns.target(in, next);
                    checked();
                    cb.lstore(Frame.RIP).goto_(exits.end());
                }
            }
            case CALL -> callFunction(in, next);
            case RET -> functionReturns(in);
            default -> throw new AssertionError(in.op);
        }
    }

    private void callFunction(Insn in, int next) {
        if (in.form == Form.I) {
            frame.place(next);
            cb.lstore(Frame.VALUE);
            insns.push(exits.exit(node.target(), 0));
            go(node.target());
            return;
        }
        insns.target(in, next);
        checked();
        cb.lstore(Frame.RIP);
        frame.place(next);
        cb.lstore(Frame.VALUE);
        insns.push(exits.end());
        cb.goto_(exits.end());
    }

    private void functionReturns(Insn in) {
        // The target is checked before RSP changes.
        frame.whole(CpuState.RSP);
        cb.lstore(Frame.ADDRESS);
        memory.read(8);
        checked();
        cb.lstore(Frame.RIP);
        cb.lload(Frame.ADDRESS).loadConstant(8 + (in.form == Form.I ? in.immediate : 0)).ladd();
        frame.setWhole(CpuState.RSP);
        if (plan.returnPoints().isEmpty()) {
            cb.goto_(exits.end());
            return;
        }
        cb.lload(Frame.RIP).lload(Frame.BASE).lsub().lstore(Frame.OTHER);
        List<SwitchCase> cases = new ArrayList<>();
        for (Plan.Node point : plan.returnPoints()) {
            cases.add(SwitchCase.of(point.distance, destination(point.distance)));
        }
        // Distances are of 32 bits: anything else is outside.
        cb.lload(Frame.OTHER).l2i().i2l().lload(Frame.OTHER).lcmp().ifne(exits.end());
        cb.lload(Frame.OTHER).l2i().lookupswitch(exits.end(), cases);
    }

    /** Checks the target that is on the stack. */
    private void checked() {
        cb.lstore(Frame.OTHER).aload(Frame.STATE).lload(Frame.OTHER);
        cb.invokestatic(Names.CONTROL, "check", Names.CHECK);
    }

    /** Where to jump to go on at a distance: in the region or out of it. */
    private Label destination(int distance) {
        Plan.Node to = plan.at(distance);
        if (to == null) {
            return exits.exit(distance, 0);
        }
        Label label = labels[to.index];
        return to.index > node.index ? label : exits.lookThen(label, distance);
    }

    private void go(int distance) {
        Plan.Node to = plan.at(distance);
        if (to == null || to.index != node.index + 1) {
            cb.goto_(destination(distance));
        }
    }
}
