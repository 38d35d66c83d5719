package dev.rhizome.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The part of a page that is made from the code: it must be what the code says. With
 * -Drhizome.manual.write=true it is written instead.
 */
public final class GeneratedSection {
    private GeneratedSection() {}

    /**
     * Compares, or writes.
     *
     * @param page the page
     * @param name stands in the comments around the part: {@code <!-- NAME: begin -->}
     * @param content what belongs there
     */
    public static void require(Path page, String name, String content) throws IOException {
        String text = Files.readString(page);
        String opening = "<!-- " + name + ": begin -->\n";
        int begin = text.indexOf(opening) + opening.length();
        int end = text.indexOf("<!-- " + name + ": end -->\n");
        if (Boolean.getBoolean("rhizome.manual.write")) {
            Files.writeString(page, text.substring(0, begin) + content + text.substring(end));
            return;
        }
        assertThat(text.substring(begin, end))
                .as("run the daemon's tests with -Drhizome.manual.write=true to renew it")
                .isEqualTo(content);
    }
}
