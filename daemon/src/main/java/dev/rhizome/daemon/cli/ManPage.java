package dev.rhizome.daemon.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A command's man page in man(7)'s language, from its declaration. */
final class ManPage {
    /** Commands of system administration. */
    static final int SECTION = 8;

    private static final String ROOT = "rhizome";

    private final StringBuilder text = new StringBuilder();
    private final CommandSpec spec;

    private ManPage(CommandSpec spec) {
        this.spec = spec;
    }

    /** The page's name: the words of the command with hyphens. */
    static String name(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-");
    }

    static String of(CommandLine command) {
        return new ManPage(command.getCommandSpec()).write(command);
    }

    /** The first sentence of what a command says of itself, without its end. */
    static String brief(CommandSpec command) {
        String[] description = command.usageMessage().description();
        String first = description.length == 0 ? "" : description[0].split("\\. ", 2)[0];
        return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    }

    private String write(CommandLine command) {
        String[] description = spec.usageMessage().description();
        macro("TH", name(command).toUpperCase(Locale.ROOT) + " " + SECTION + " \"\" Rhizome");
        macro("SH", "NAME");
        line(name(command) + " \\- " + escape(brief(spec)));
        macro("SH", "SYNOPSIS");
        Help help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
        line(escape(help.synopsis(0).strip().replaceAll("\\s+", " ")));
        macro("SH", "DESCRIPTION");
        paragraphs(Arrays.asList(description));
        commands(command);
        parameters();
        footer(command);
        seeAlso(command);
        return text.toString();
    }

    private void commands(CommandLine command) {
        if (command.getSubcommands().isEmpty()) {
            return;
        }
        macro("SH", "COMMANDS");
        command.getSubcommands()
                .forEach((name, sub) -> item(name, brief(sub.getCommandSpec()) + "."));
    }

    private void parameters() {
        macro("SH", "OPTIONS");
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            item(parameter.paramLabel(), String.join(" ", parameter.description()));
        }
        for (OptionSpec option : spec.options()) {
            String names = String.join(", ", option.names());
            boolean takesValue = option.arity().max() > 0;
            item(
                    takesValue ? names + "=" + option.paramLabel() : names,
                    String.join(" ", option.description()));
        }
    }

    /** The root's footer has the exit codes, which are the same for all. */
    private void footer(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        macro("SH", "EXIT STATUS");
        for (String line : root.getCommandSpec().usageMessage().footer()) {
            String[] parts = line.strip().split(" +", 2);
            if (parts.length == 2 && parts[0].matches("\\d+")) {
                item(parts[0], parts[1]);
            }
        }
    }

    private void seeAlso(CommandLine command) {
        macro("SH", "SEE ALSO");
        CommandLine parent = command.getParent();
        String other = parent == null ? ROOT + "-status" : name(parent);
        line(escape(other) + "(" + SECTION + ")");
    }

    private void paragraphs(List<String> paragraphs) {
        for (int at = 0; at < paragraphs.size(); at++) {
            if (at > 0) {
                macro("PP", "");
            }
            line(escape(paragraphs.get(at)));
        }
    }

    private void item(String what, String meaning) {
        macro("TP", "");
        line("\\fB" + escape(what) + "\\fR");
        line(escape(meaning.replaceAll("\\s+", " ")));
    }

    private void macro(String name, String arguments) {
        text.append('.').append(name);
        text.append(arguments.isEmpty() ? "" : " " + arguments).append('\n');
    }

    private void line(String words) {
        text.append(words).append('\n');
    }

    private static String escape(String words) {
        String safe = words.replace("\\", "\\e").replace("-", "\\-");
        return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
    }
}
