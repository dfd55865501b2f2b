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
    private final FlagFlow flow;
    private final MemoryCode memory;
    private final InsnCode insns;
    private final MoveCode moves;
    private final VectorCode vectors;
    private final Exits exits;
    private final Sites sites;
    private final List<Insn> called;
    private final Label[] labels;
    private Plan.Node node;

    /** The general registers that any block writes. */
    private int written;

    /**
     * @param sites gets what may fault
     * @param called gets the instructions that calls of semantics are about
     * @param missesLeave whether the region is left where an address is not in the TLB
     */
    RegionCode(
            CodeBuilder cb,
            Plan plan,
            ClassDesc self,
            Sites sites,
            List<Insn> called,
            boolean missesLeave) {
        this.cb = cb;
        this.plan = plan;
        this.self = self;
        this.sites = sites;
        this.called = called;
        frame = new Frame(cb);
        flags = new FlagCode(cb);
        flow = new FlagFlow(plan, missesLeave);
        exits = new Exits(cb, flags);
        memory =
                missesLeave
                        ? new LeavingMemory(frame, self, exits)
                        : new CallingMemory(frame, self);
        insns = new InsnCode(frame, flags, memory);
        moves = new MoveCode(frame, flags, memory);
        vectors = new VectorCode(frame, flags, memory);
        labels = new Label[plan.nodes().size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = cb.newLabel();
        }
    }

    void put() {
        int used = 0;
        for (Plan.Node each : plan.nodes()) {
            for (int i = 0; i < each.count; i++) {
                Insn in = each.block.instructions[i];
                if (Usage.way(in) != Usage.Way.LAST) {
                    written |= Usage.writes(in);
                    used |= Usage.reads(in);
                }
            }
        }
        used |= written;
        Label real = cb.newLabel();
        cb.aload(Frame.CORE)
                .ifnonnull(real)
                .loadConstant(Region.FOLLOW)
                .ireturn()
                .labelBinding(real);
        frame.open(self, used);
        frame.openVectors();
        Label begin = cb.newLabel();
        Label end = cb.newLabel();
        cb.labelBinding(begin);
        for (Plan.Node each : plan.nodes()) {
            node = each;
            block();
        }
        exits.put(frame);
        cb.labelBinding(end);
        cb.aload(Frame.STATE).lload(Frame.RIP).putfield(Names.STATE, "rip", CD_long);
        frame.storeRegisters(written);
        exits.count();
        cb.loadConstant(Region.FOLLOW).ireturn();
        exits.catchAll(begin, end);
        leaveAtSite();
    }

    /** Writes back what there is before the instruction that runs; what was thrown is on the stack. */
    private void leaveAtSite() {
        frame.storeRegisters(written);
        cb.aload(Frame.THIS).aload(Frame.STATE).lload(Frame.BASE);
        cb.iload(Frame.SITE).lload(Frame.DONE);
        cb.invokevirtual(Names.REGION, "leftAt", Names.LEFT_AT);
        Label missed = cb.newLabel();
        cb.dup().instanceOf(Names.MISS).ifne(missed).athrow();
        cb.labelBinding(missed).pop().loadConstant(Region.MISSED).ireturn();
    }

    private void block() {
        cb.labelBinding(labels[node.index]);
        cb.lload(Frame.DONE).loadConstant((long) node.count).ladd().lstore(Frame.DONE);
        flags.forget();
        vectors.begin();
        int at = node.distance;
        for (int i = 0; i < node.count; i++) {
            Insn in = node.block.instructions[i];
            int next = at + in.length;
            Usage.Way way = Usage.way(in);
            if (Usage.mayFault(in, way)) {
                cb.loadConstant(sites.add(at, node.count - i)).istore(Frame.SITE);
            }
            flags.begin(flow.isNeeded(node, i), flow.isVisible(node, i));
            switch (way) {
                case INLINE -> {
                    int undone = node.count - i - 1;
                    memory.begin(() -> exits.exit(next, undone));
                    inline(in, next);
                }
                case CALL -> call(in, at, node.count - i - 1);
                case LAST -> callLast(in, next);
                default -> transfer(in, next);
            }
            at = next;
        }
        if (node.last() == null || node.last().op != Op.JCC && node.fallsThrough()) {
            go(at);
        }
    }

    private void inline(Insn in, int next) {
        switch (in.op.family) {
            case SSE -> vectors.put(in, next);
            case DATA -> moves.put(in, next);
            default -> insns.put(in, next);
        }
    }

    /**
     * Calls an instruction's semantics, with the state as it expects it.
     *
     * @param undone how many instructions of the block are behind it
     */
    private void call(Insn in, int at, int undone) {
        int next = at + in.length;
        frame.storeRegisters(Usage.reads(in) | Usage.writes(in));
        execute(in, next);
        frame.loadRegisters(Usage.writes(in));
        if (Usage.writesFlags(in)) {
            flags.forget();
        }
        if (Usage.isRepeatedString(in)) {
            leaveUnlessDone(next, exits.exit(at, undone));
        }
        if (Usage.mayStore(in, Usage.Way.CALL)) {
            cb.aload(Frame.MMU).getfield(Names.MMU, "codeChanged", CD_boolean);
            cb.ifne(exits.exit(next, undone));
        }
    }

    /** As {@link #call}; nothing is known of what comes after. */
    private void callLast(Insn in, int next) {
        frame.storeRegisters(written);
        execute(in, next);
        exits.count();
        cb.loadConstant(Region.LOOK).ireturn();
    }

    private void execute(Insn in, int next) {
        cb.aload(Frame.STATE);
        frame.place(next);
        cb.putfield(Names.STATE, "rip", CD_long);
        cb.aload(Frame.CORE).getstatic(self, insnField(called.size()), Names.INSN);
        called.add(in);
        cb.invokestatic(Names.DISPATCH, "execute", Names.EXECUTE);
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
                if (flow.isLiveAt(next)) {
                    flags.settle();
                }
                go(next);
            }
            case JMP -> {
                if (in.form == Form.I) {
                    go(node.target());
                } else {
                    moves.target(in, next);
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
            memory.begin(() -> exits.exit(node.target(), 0));
            moves.push();
            go(node.target());
            return;
        }
        moves.target(in, next);
        checked();
        cb.lstore(Frame.RIP);
        frame.place(next);
        cb.lstore(Frame.VALUE);
        memory.begin(exits::end);
        moves.push();
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
        Label label =
                flow.isLiveAt(distance) ? exits.storeThen(labels[to.index]) : labels[to.index];
        return to.index > node.index ? label : exits.lookThen(label, distance);
    }

    private void go(int distance) {
        Plan.Node to = plan.at(distance);
        if (to == null || to.index != node.index + 1) {
            cb.goto_(destination(distance));
        }
    }
}
