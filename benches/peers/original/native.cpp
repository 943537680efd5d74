// The third program of the original report, written anew: nlohmann/json reads each file whole, every 50,000 records the
// days that have activities or meals are turned into texts, posted with libcurl one after the other, and erased. So, as
// there, a day becomes several texts. With `--dry-run` instead of a URL the texts are only counted.
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

using nlohmann::json;
using Key = std::pair<std::string, std::string>;

struct Day {
    std::vector<json> activities, workouts, meals, nights, readings;
};

struct Processor {
    std::string folder, url;
    std::unordered_map<std::string, json> users;
    std::map<Key, Day> days;
    std::set<Key> seen;
    size_t texts = 0;
    CURL *curl = nullptr;

    json load(const std::string &kind) {
        std::ifstream file(folder + "/" + kind + ".json");
        json whole;
        file >> whole;
        return whole;
    }

    std::string summary(const Key &key, const Day &day) {
        std::ostringstream text;
        auto user = users.find(key.first);
        if (user != users.end()) {
            text << user->second["name"] << ", " << user->second["age"] << " years, ";
        }
        text << "on " << key.second << ": ";
        for (auto &activity : day.activities) {
            text << "did " << activity["activity_type"] << " for " << activity["duration"] << " minutes. ";
        }
        for (auto &workout : day.workouts) {
            text << "trained " << workout["workout_type"] << " for " << workout["duration"] << " minutes. ";
        }
        double calories = 0;
        for (auto &meal : day.meals) {
            calories += meal["calories"].get<double>();
        }
        text << "ate " << calories << " kcal. ";
        for (auto &night : day.nights) {
            text << "slept " << night["total_sleep"] << " hours, " << night["sleep_quality"] << ". ";
        }
        double beats = 0;
        for (auto &reading : day.readings) {
            beats += reading["value"].get<double>();
        }
        if (!day.readings.empty()) {
            text << "heart rate " << beats / day.readings.size() << ". ";
        }
        return text.str();
    }

    void post(const Key &key, const std::string &text) {
        json body = {{"text", text}, {"meta", {{"user_id", key.first}, {"date", key.second}}}};
        std::string sent = body.dump();
        curl_slist *headers = curl_slist_append(nullptr, "Content-Type: application/json");
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent.c_str());
        if (curl_easy_perform(curl) != CURLE_OK) {
            std::fprintf(stderr, "a text was not taken\n");
        }
        curl_slist_free_all(headers);
    }

    void flush(bool all) {
        for (auto day = days.begin(); day != days.end();) {
            if (!all && day->second.activities.empty() && day->second.meals.empty()) {
                ++day;
                continue;
            }
            std::string text = summary(day->first, day->second);
            if (curl) {
                post(day->first, text);
            }
            seen.insert(day->first);
            texts += 1;
            day = days.erase(day);
        }
    }

    void file(const std::string &kind, std::vector<json> Day::*list) {
        size_t count = 0;
        for (auto &record : load(kind)) {
            std::string date = record.contains("date") ? record["date"] : record["date_time"];
            (days[{record["user_id"], date.substr(0, 10)}].*list).push_back(record);
            if (++count % 50000 == 0) {
                flush(false);
            }
        }
    }
};

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: native FOLDER URL|--dry-run\n");
        return 2;
    }
    Processor processor{argv[1], argv[2]};
    if (processor.url != "--dry-run") {
        processor.curl = curl_easy_init();
    }
    for (auto &user : processor.load("users")) {
        processor.users[user["user_id"]] = user;
    }
    processor.file("activities", &Day::activities);
    processor.file("workouts", &Day::workouts);
    processor.file("nutrition", &Day::meals);
    processor.file("sleep", &Day::nights);
    processor.file("heart_rate", &Day::readings);
    processor.flush(true);
    std::printf("%zu %zu\n", processor.seen.size(), processor.texts);
    curl_easy_cleanup(processor.curl);
}
